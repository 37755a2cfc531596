"""The second look at an overlay is a read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mpr_core.errors import InputError, PartMissing
from mpr_core.overlays import overlay as overlay_module
from mpr_core.overlays import sheet as sheet_module
from mpr_core.overlays.choice import frames_every, frames_of_scene
from mpr_core.overlays.sheet import SHEET_BYTES, shrunk
from mpr_core.overlays.source import Source, Tables
from mpr_core.overlays.stored import node_sheet, sheet_key, stored_overlay
from mpr_core.overlays.telling import telling_frames
from mpr_core.runner.branch import Branch
from mpr_core.stages.registry import STAGE_NAMES
from tests.mpr_core.overlays.conftest import MATCH_S, SIGNS_AT, Ran


def test_the_second_look_draws_nothing_and_reads_no_part(
    ran: Ran, fresh: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ran.source("match_brands")
    first = stored_overlay(source, *source.nearest(SIGNS_AT), ran.services)
    assert first.drawn

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a stored overlay needs none of this")

    monkeypatch.setattr(overlay_module, "draw_overlay", refuse)
    monkeypatch.setattr(Tables, "file", refuse)
    again = ran.source("match_brands")
    second = stored_overlay(again, *again.nearest(SIGNS_AT), ran.services)
    assert second.key == first.key
    assert not second.drawn


def test_equal_sampling_numbers_of_two_chunks_have_two_names(ran: Ran, fresh: Callable[[], None]) -> None:
    source = ran.source("extract_frames")
    keys = [stored_overlay(source, *source.nearest(at), ran.services).key for at in (0.5, MATCH_S + 0.5)]
    assert [key.rsplit("/", 1)[1] for key in keys] == ["000-00000001.jpg", "001-00000001.jpg"]
    assert keys[0].startswith(f"overlays/{source.node.id}/")


def test_an_overlay_is_the_same_whichever_later_node_it_is_asked_through(ran: Ran, fresh: Callable[[], None]) -> None:
    frame = ran.source("run_ocr").nearest(SIGNS_AT)
    pictures = []
    for tip in ("run_ocr", "compile_report"):
        fresh()
        key = stored_overlay(Source(ran.branch(tip), "run_ocr"), *frame, ran.services).key
        pictures.append(ran.pipe.media_out.get(key))
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_sheet_fits_its_bound_and_is_drawn_once(
    ran: Ran, fresh: Callable[[], None], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = node_sheet(ran.branch(), stage)
    assert sheet is not None
    assert len(sheet) <= SHEET_BYTES
    picture = cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] >= 300
    monkeypatch.setattr(sheet_module, "draw_sheet", None)
    assert node_sheet(ran.branch(), stage) == sheet
    assert ran.pipe.media_out.get(sheet_key(ran.nodes[stage].id)) == sheet


def test_a_sheet_of_a_stage_that_was_off_is_none(ran: Ran) -> None:
    off = {"field_segmentation": {"enabled": False}}
    node = ran.pipe.run("match", off, stages=["field_segmentation"], nodes=ran.nodes)["field_segmentation"]
    assert node_sheet(Branch(ran.pipe.catalog, node), "field_segmentation") is None


def test_a_sheet_is_made_smaller_for_less_room(ran: Ran, fresh: Callable[[], None]) -> None:
    sheet = node_sheet(ran.branch(), "detect_objects")
    assert sheet is not None
    smaller = shrunk(sheet, 6000)
    assert smaller is not None
    assert len(smaller) <= 6000
    assert shrunk(sheet, 100) is None


def test_a_sheet_brings_neither_supervision_nor_the_models() -> None:
    script = "import sys, mpr_core.overlays.sheet, mpr_core.overlays.stored; print(*[m for m in sys.modules if '.' not in m])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & {"supervision", "matplotlib", "openvino", "rapidocr", "trackers", "av"} == set()


def test_telling_frames_are_in_order_and_hold_what_the_stage_found(ran: Ran) -> None:
    source = ran.source("match_brands")
    frames = telling_frames(source)
    assert frames == sorted(set(frames))
    assert 0 < len(frames) <= 6
    assert all(source.shot(*frame).at("detect_objects", "boxes") for frame in frames)


def test_frames_of_a_scene_lie_in_it_and_every_second_counts_once(ran: Ran) -> None:
    source = ran.source("run_ocr")
    for number, scene in enumerate(source.scenes, 1):
        seconds = [source.second_of(*frame) for frame in frames_of_scene(source, number)]
        assert seconds
        assert all(scene.start_s - 0.5 <= second < scene.end_s for second in seconds)
    assert len(frames_every(source, 1.0)) == 9
    assert len(frames_every(source, 0.01)) == 18


def test_what_is_not_there_is_refused(ran: Ran) -> None:
    source = ran.source("run_ocr")
    with pytest.raises(InputError, match="no such scene"):
        frames_of_scene(source, 99)
    with pytest.raises(InputError, match="scenes are not known"):
        frames_of_scene(ran.source("extract_frames"), 1)
    with pytest.raises(InputError, match="not a step"):
        frames_every(source, 0)
    with pytest.raises(InputError, match="outside the timeline"):
        source.nearest(1000)
    with pytest.raises(InputError, match="does not rest on"):
        Source(ran.branch("run_ocr"), "match_brands")


def test_a_frame_that_is_gone_is_said(ran: Ran, fresh: Callable[[], None]) -> None:
    source = ran.source("extract_frames")
    shot = source.shot_at(0.0)
    data = ran.pipe.media_out.get(shot.row["key"])
    ran.pipe.media_out.delete([shot.row["key"]])
    try:
        with pytest.raises(PartMissing, match="a stored frame is gone"):
            stored_overlay(source, 0, shot.seq, ran.services)
    finally:
        ran.pipe.media_out.put(shot.row["key"], data)
