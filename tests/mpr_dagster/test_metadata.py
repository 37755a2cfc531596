"""Metadata stays within its bound whatever a node, its brand list and its report hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mpr_core.lineage.node import DamagedRange, Node, Provenance
from mpr_core.report.model import Report
from mpr_core.report.thumbnails import encode_jpeg
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.metadata import MAX_BYTES, node_metadata, stored_bytes
from tests.mpr_core.report.conftest import make_report

LONG = "an unreasonably long name of a sponsor, written out in full as in its contract, with its legal form and seat"


def make_node(stage: str, **more: object) -> Node:
    fields = {
        "id": "0123456789abcdef",
        "timeline": "cup-final-2026",
        "stage": stage,
        "stage_version": "1",
        "status": "done",
        "config": {"gap_s": 1.0},
        "parts": (),
        "provenance": Provenance(run_id="r", profile="generic"),
    }
    return Node.model_validate(fields | more)


def stored(report: Report) -> ObjectStore:
    """A store with the report and a noisy picture, which does not compress, for every airing."""
    store = ObjectStore("memory://")
    store.put(f"{keys.report_folder(report.timeline, '0123456789abcdef')}/report.json", report.to_json().encode())
    noise = np.random.default_rng(1).integers(0, 255, (96, 480, 3), np.uint8)
    for airing in report.airings:
        if airing.crop_key:
            store.put(airing.crop_key, encode_jpeg(noise, 95))
    return store


def test_a_node_with_everything_at_its_longest_stays_small() -> None:
    brands = [{"canonical_name": f"{LONG} {n}", "aliases": [LONG] * 9, "exclude": []} for n in range(5000)]
    node = make_node(
        "match_brands",
        config={"brands": brands, "min_score": 80, "notes": [LONG] * 500},
        config_changes={"brands": brands},
        damaged=tuple(DamagedRange(chunk_key=f"chunks/{LONG}/{n}", from_s=n, reason=LONG * 5) for n in range(400)),
        counts={f"count_{n}": float(n) for n in range(30)},
    )
    metadata = node_metadata(node, ObjectStore("memory://"))
    assert stored_bytes(metadata) <= MAX_BYTES
    assert metadata["node"] == node.id


def test_lists_are_cut_and_say_so() -> None:
    brands = [{"canonical_name": f"Brand {n}", "aliases": [], "exclude": []} for n in range(25)]
    shown = node_metadata(make_node("match_brands", config={"brands": brands}), ObjectStore("memory://"))
    assert shown["config"].value["brands"][-2:] == ["Brand 19", "... and 5 more"]


@pytest.mark.parametrize(("brands", "airings"), [(0, 0), (1, 1), (15, 80), (200, 400)])
def test_a_report_of_any_size_keeps_its_table_and_leaves_the_picture_what_room_there_is(
    brands: int, airings: int
) -> None:
    report = make_report(brands=brands, airings=airings, missing=3, sightings=None if airings else [])
    shown = node_metadata(make_node("compile_report", counts={"airings": float(airings)}), stored(report))
    assert stored_bytes(shown) <= MAX_BYTES
    rows = [record.data for record in shown["brands"].records]
    assert len(rows) == min(brands, 31)
    assert ("evidence" in shown) == (airings > 0)
    if brands > 30:
        assert rows[-1]["brand"] == f"... and {brands - 30} more"
    json.dumps(rows)


def test_counts_are_shown_in_words_and_as_numbers() -> None:
    counts = {"frames": 47.0, "decoded_frames": 582.0, "frame_bytes": 7_819_330.0}
    shown = node_metadata(make_node("extract_frames", counts=counts), ObjectStore("memory://"))
    assert shown["found"] == "47 frames, 582 decoded, 7.8 MB"
    assert (shown["count_frames"], shown["count_frame_bytes"]) == (47, 7_819_330)
