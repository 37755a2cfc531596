"""Deleting a timeline's cache takes what only it uses, and a later run brings the same back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.errors import UnknownTimeline
from mpr_core.lineage.cache import delete_cache
from mpr_core.runner.publish import publish_report
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline, computed

Make = Callable[..., Pipeline]


def stored(one: Pipeline) -> dict[str, bytes]:
    return {key: one.media_out.get(key) for key, _ in one.media_out.keys("")}


def test_a_lone_timeline_leaves_only_its_own_record_and_its_source(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    ingested = stored(one)
    nodes = one.run("match")
    publish_report(one.media_out, nodes["compile_report"])
    one.catalog.move_head(nodes["compile_report"], "run")
    computed_objects = {key: data for key, data in stored(one).items() if key not in ingested}
    deleted = delete_cache(one.catalog, "match")
    assert stored(one) == ingested
    assert deleted.objects == len(computed_objects)
    assert deleted.size_bytes == sum(len(data) for data in computed_objects.values())
    assert len(list(one.media_in.keys(""))) == 1
    again = one.run("match")
    assert {name: node.id for name, node in again.items()} == {name: node.id for name, node in nodes.items()}
    assert one.report_files(again).keys() == {"report.html", "report.json", "airings.parquet", "brands.parquet"}


def test_what_another_timeline_uses_stays(pipeline: Make, short_film: Path, other_film: Path) -> None:
    one = pipeline()
    one.ingest("mine", [short_film, other_film], BRANDS)
    one.ingest("theirs", [other_film], BRANDS)
    one.run("mine")
    theirs = one.run("theirs")
    delete_cache(one.catalog, "mine")
    assert computed(one.run("theirs")) == {}
    assert one.report(one.run("theirs")).airings
    assert one.run("theirs")["run_ocr"].id == theirs["run_ocr"].id
    redone = computed(one.run("mine"))
    assert {name: count for name, count in redone.items() if name != "compile_report"} == dict.fromkeys(
        (name for name in redone if name != "compile_report"), 1
    )


def test_frames_of_a_chunk_stay_while_any_timeline_has_it(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("ran", [other_film], BRANDS)
    one.ingest("never-ran", [other_film], BRANDS)
    one.run("ran")
    frames = list(one.media_out.keys("frames"))
    delete_cache(one.catalog, "ran")
    assert list(one.media_out.keys("frames")) == frames
    assert list(one.media_out.keys("parts")) == []


def test_nothing_is_deleted_for_an_unknown_timeline(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    one.run("match", stages=["extract_frames"])
    before = stored(one)
    with pytest.raises(UnknownTimeline):
        delete_cache(one.catalog, "match2")
    assert stored(one) == before


def test_a_timeline_without_a_run_has_nothing_to_delete(pipeline: Make, other_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    deleted = delete_cache(one.catalog, "match")
    assert (deleted.objects, deleted.size_bytes) == (0, 0)
