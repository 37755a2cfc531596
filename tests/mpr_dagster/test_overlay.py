"""`mpr overlay`, and the contact sheet in a materialization's metadata."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

from mpr_core.lineage.catalog import Catalog
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.metadata import MAX_BYTES, node_metadata, stored_bytes
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE


def test_without_a_choice_a_sheet_and_the_most_telling_frames_are_drawn_once(copied: CommandLine) -> None:
    first = copied.done("overlay", TIMELINE, "--stage", "match_brands", "--json").json
    assert first["sheet"].endswith("/sheet.webp")
    assert 1 < len(first["overlays"]) <= 6
    assert all(picture["drawn"] and Path(picture["path"]).is_file() for picture in first["overlays"])
    again = copied.done("overlay", TIMELINE, "--stage", "match_brands", "--json").json
    assert [picture["path"] for picture in again["overlays"]] == [picture["path"] for picture in first["overlays"]]
    assert not any(picture["drawn"] for picture in again["overlays"])


def test_pictures_are_copied_to_a_folder_and_said(copied: CommandLine, tmp_path: Path) -> None:
    said = copied.done("overlay", TIMELINE, "--stage", "detect_objects", "--at", "1.2", "-o", tmp_path / "out" / "here")
    copy = tmp_path / "out" / "here" / "detect_objects-000-00000002.jpg"
    assert f"00:01.0  {copy}" in said.out
    assert "1 overlay, 1 drawn now" in said.out
    assert cv2.imread(str(copy)).shape[1] == 1280


def test_every_second_and_a_scene(copied: CommandLine) -> None:
    every = copied.done("overlay", TIMELINE, "--stage", "extract_frames", "--every", "1", "--json").json
    assert [picture["t_s"] for picture in every["overlays"]] == [0.0, 1.0, 2.0, 3.0]
    assert every["sheet"] is None
    scene = copied.done("overlay", TIMELINE, "--stage", "run_ocr", "--scene", "2", "--json").json
    assert [picture["t_s"] for picture in scene["overlays"]] == [2.0, 2.5, 3.0, 3.5]


def test_a_later_node_shows_the_branch_it_rests_on(copied: CommandLine) -> None:
    copied.done("run", TIMELINE, "--set", "run_ocr.min_score=0.4")
    nodes = copied.done("timeline", TIMELINE, "--json").json["heads"]
    asked = ("overlay", TIMELINE, "--stage", "run_ocr", "--at", "1", "--json")
    by_report = copied.done(*asked, "--node", nodes["compile_report"]["id"][:12]).json
    assert by_report["node"] == nodes["run_ocr"]["id"]


@pytest.mark.parametrize("stage", ["extract_frames", "detect_objects", "match_brands", "escalate_vlm"])
def test_a_materialization_shows_a_sheet_within_the_bound_and_how_to_see_more(copied: CommandLine, stage: str) -> None:
    store = ObjectStore(str(copied.home / "media-out"))
    node = Catalog(store).head(TIMELINE, stage)
    assert node is not None
    shown = node_metadata(node, store)
    assert stored_bytes(shown) <= MAX_BYTES
    assert shown["overlays"] == f"mpr overlay {TIMELINE} --stage {stage} --node {node.id}"
    assert ("frames" in shown) == (node.status == "done")
    if node.status == "done":
        data = base64.b64decode(shown["frames"].md_str.partition("base64,")[2].rstrip(")"))
        assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[1] > 200


def test_a_sheet_that_cannot_be_drawn_costs_the_stage_nothing(copied: CommandLine) -> None:
    for path in copied.home.glob("media-out/frames/*/*/*.jpg"):
        path.write_bytes(b"no picture")
    for path in copied.home.glob("media-out/overlays/*/*/*"):
        path.unlink()
    store = ObjectStore(str(copied.home / "media-out"))
    node = Catalog(store).head(TIMELINE, "detect_objects")
    assert node is not None
    shown = node_metadata(node, store)
    assert "frames" not in shown
    assert shown["node"] == node.id
