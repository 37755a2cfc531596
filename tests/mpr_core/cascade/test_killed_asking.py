"""kill -9 between a paid answer and its use: the rerun pays nothing again, whatever was being written."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mpr_core.cascade.ledger import entries
from mpr_core.cascade.open_batches import OpenBatches
from mpr_core.lineage.node import Node
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_core.cascade.batch_wire import BatchServer, serve_batches
from tests.mpr_core.cascade.killed_asking import SETTINGS, STAGES
from tests.mpr_core.cascade.model_wire import ModelServer, answer
from tests.mpr_core.killed_process import kill_when_halted
from tests.mpr_core.sign_film import BRANDS, Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import OpenModels, Pipeline

BEFORE = STAGE_NAMES[: STAGE_NAMES.index("escalate_vlm")]
SAID = json.dumps({"answer": "other", "name": "Drimbo", "confidence": 0.9, "evidence": "letters"})


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a film with three names that are on no list, read and matched."""
    folder = tmp_path_factory.mktemp("read")
    signs = (Sign("DRIMBO", (20, 20), 22), Sign("QUERLON", (150, 70), 22), Sign("TULPENA", (30, 120), 22))
    film = draw_film(folder / "film.mp4", (Shot(Fraction(1), signs, place=4, pan_px=6),), size_px=(320, 180))
    one = Pipeline(folder, OpenModels())
    one.ingest("match", [film], BRANDS[:1])
    nodes = one.run("match", stages=BEFORE)
    assert nodes["match_brands"].counts["unmatched_texts"] == 3
    return folder


def run_again(
    folder: Path, models: ModelServer | BatchServer, run_id: str, settings: dict[str, Any] = SETTINGS
) -> tuple[Pipeline, Node]:
    one = Pipeline(folder, OpenModels())
    one.access = models.access("openai")
    nodes = {node.stage: node for node in one.catalog.nodes("match")}
    return one, one.run("match", settings, stages=STAGES, nodes=nodes, run_id=run_id)["escalate_cloud"]


@pytest.mark.parametrize(
    ("written", "number", "run_id"),
    [
        ("answers/", 2, "killed"),  # the second answer is stored, and nothing else knows of it
        (".paid.json", 2, "another"),  # it is in the ledger, and not used yet
        (".asked.json", 2, "killed"),  # the call is announced, and not made
        ("answers/plans/", 1, "another"),  # all is asked, and no part made
    ],
)
def test_a_killed_run_pays_nothing_twice(
    written: str, number: int, run_id: str, read: Path, tmp_path: Path, models: ModelServer
) -> None:
    shutil.copytree(read, tmp_path, dirs_exist_ok=True)
    models.says = [answer("openai", SAID)]
    kill_when_halted("tests.mpr_core.cascade.killed_asking", tmp_path, models.url, written, number)
    one, node = run_again(tmp_path, models, run_id)
    questions = {sent.text for sent in models.sent}
    assert len(models.sent) == len(questions) == 3, "no question was put twice"
    assert [node.counts[name] for name in ("asked", "proposed", "flagged")] == [3, 1, 2]
    paid = [entry for entry in entries(one.media_out) if entry.state == "answered"]
    assert len(paid) == 3, "the ledger has every answer"


@pytest.mark.parametrize("written", [("answers/batches/", 1), ("answers/", 3), (".paid.json", 2)])
@pytest.mark.parametrize("batch", [True, False], ids=["with batches", "singly"])
def test_a_batch_that_was_handed_over_by_a_killed_run_is_not_paid_again(
    written: tuple[str, int], batch: bool, read: Path, tmp_path: Path
) -> None:
    """Killed when the batch's record is there, when the second of three answers is stored, when it is in the ledger."""
    shutil.copytree(read, tmp_path, dirs_exist_ok=True)
    with serve_batches() as server:
        server.says = [answer("openai", SAID)]
        kill_when_halted("tests.mpr_core.cascade.killed_asking", tmp_path, server.url, *written, "batch")
        settings = {"escalate_cloud": SETTINGS["escalate_cloud"] | {"batch": batch}}
        one, node = run_again(tmp_path, server, "another", settings)
        assert server.batches == 1
        assert not [sent for _, sent in server.sent if sent.path.endswith("/chat/completions")]
    assert [node.counts[name] for name in ("asked", "proposed", "flagged")] == [3, 1, 2]
    closed = {entry.name for entry in entries(one.media_out) if entry.state == "answered"}
    assert len(closed) == 3
    assert {entry.run_id for entry in entries(one.media_out)} == {"killed"}
    assert OpenBatches(one.media_out).all() == []
