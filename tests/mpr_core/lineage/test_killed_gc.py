"""Garbage collection that is killed leaves every report readable, and the next one takes the rest."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.garbage import collect
from mpr_core.lineage.garbage_plan import plan_gc
from mpr_core.runner.publish import publish_report
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.killed_process import kill_when_halted
from tests.mpr_core.lineage.made_up_tree import stored
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline, computed


@pytest.fixture(scope="module")
def littered(tmp_path_factory: pytest.TempPathFactory, models: InProcess, short_film: Path) -> Path:
    """A timeline with heads, and a whole branch of twice as many frames that nothing needs."""
    folder = tmp_path_factory.mktemp("littered")
    one = Pipeline(folder, models)
    one.ingest("match", [short_film], BRANDS)
    one.run("match", {"extract_frames": {"fps": 4}})
    nodes = one.run("match")
    for node in nodes.values():
        one.catalog.move_head(node, "r")
    publish_report(one.media_out, nodes["compile_report"])
    return folder


@pytest.mark.parametrize("after", [1, 8, 11, 15, 25, 45])
def test_the_report_is_readable_after_a_kill_and_collecting_again_completes(
    after: int, littered: Path, tmp_path: Path, models: InProcess
) -> None:
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(littered / "out", undisturbed)
    store = ObjectStore(str(undisturbed))
    plan = plan_gc(Catalog(store), made_before=datetime.now(UTC))
    assert len(plan.keys) > after
    collect(store, plan, dict)

    folder = tmp_path / "killed"
    shutil.copytree(littered, folder)
    before = stored(ObjectStore(str(folder / "out")))
    kill_when_halted("tests.mpr_core.lineage.killed_gc", folder, after)

    one = Pipeline(folder, models)
    assert len(before - stored(one.media_out)) == after
    head = one.catalog.head("match", "compile_report")
    assert head is not None
    assert one.report({"compile_report": head}).airings
    collect(one.media_out, plan_gc(one.catalog, made_before=datetime.now(UTC)), dict)
    assert stored(one.media_out) == stored(store)
    assert computed(one.run("match")) == {}
