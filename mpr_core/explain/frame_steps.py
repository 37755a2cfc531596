"""What the stages before detection say of a second: sampled, kept, in which scene, with a field, in a region hint."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from mpr_core.explain.explanation import XYXY, Step
from mpr_core.explain.places import written_px
from mpr_core.explain.shown_frame import Scene, ShownFrame
from mpr_core.lineage.node import Node
from mpr_core.report.clock import clock
from mpr_core.runner.branch import Branch


def frame_steps(
    branch: Branch, at_s: float, shown: ShownFrame | None, scene: Scene, box_px: XYXY | None
) -> Iterator[Step]:
    """Steps of extract_frames to detect_edges, as far as the branch goes."""
    yield _sampled(branch, at_s, shown, scene)
    if shown is None:
        return
    for stage, said in (("filter_scenes", _kept), ("field_segmentation", _field), ("detect_edges", _hinted)):
        if branch.has(stage):
            node = branch.node(stage)
            yield _skipped(node) if node.status == "skipped" else said(node, shown, scene, box_px)


def _sampled(branch: Branch, at_s: float, shown: ShownFrame | None, scene: Scene) -> Step:
    node = branch.node("extract_frames")
    rate = f"extract_frames.fps = {_rate(node)}"
    if shown is None:
        said = f"no frame was sampled in the scene from {clock(scene.start_s)} to {clock(scene.end_s)} ({rate})"
        return _step(node, "cut", said, scene_start_s=scene.start_s, scene_end_s=scene.end_s)
    away = shown.t_s - at_s
    where = "exactly there" if abs(away) < 0.0005 else f"{abs(away):.2f} s {'after' if away > 0 else 'before'}"
    size = f"{shown.row['width_px']}x{shown.row['height_px']}"
    said = f"frame {shown.seq} at {clock(shown.t_s)}, {where}, {size} ({rate})"
    return _step(
        node,
        "saw",
        said,
        seq=shown.seq,
        frame_t_s=round(shown.t_s, 3),
        distance_s=round(away, 3),
        frame_key=shown.row["key"],
        segment=shown.view.index,
    )


def _kept(node: Node, shown: ShownFrame, scene: Scene, _box_px: XYXY | None) -> Step:
    began = "" if scene.transition == "continued" else f", which began with a {scene.transition}"
    began = began if scene.transition != "start" else ""
    where = f"scene {clock(scene.start_s)} to {clock(scene.end_s)}{began}"
    facts = {"scene_start_s": round(scene.start_s, 3), "scene_end_s": round(scene.end_s, 3)}
    if shown.blank:
        return _step(node, "cut", f"the frame is blank, so nothing looked at it; {where}", **facts)
    if shown.rep_seq != shown.seq:
        t_s = shown.looked_at["t_s"] + shown.view.offset_s
        said = f"frame {shown.rep_seq} at {clock(t_s)}, a near-duplicate, stands for it; {where}"
        return _step(node, "passed", said, rep_seq=shown.rep_seq, **facts)
    return _step(node, "passed", f"kept; {where}", rep_seq=shown.rep_seq, **facts)


def _field(node: Node, shown: ShownFrame, _scene: Scene, _box_px: XYXY | None) -> Step:
    row = shown.view.fields.get(shown.rep_seq)
    if row is None or row["status"] != "field":
        return _step(node, "nothing", "no field" + (f": {row['reason']}" if row and row["reason"] else ""))
    ratio = row["coverage_ratio"]
    return _step(node, "saw", f"a field over {ratio:.0%} of the picture", coverage_ratio=round(ratio, 3))


def _hinted(node: Node, shown: ShownFrame, _scene: Scene, box_px: XYXY | None) -> Step:
    bands = shown.view.hints.by_seq().get(shown.rep_seq, [])
    if not bands:
        return _step(node, "nothing", "no region hints")
    said = f"{len(bands)} region hint" + ("s" if len(bands) > 1 else "")
    if box_px is None:
        return _step(node, "saw", said, bands=len(bands))
    centre = (box_px[0] + box_px[2]) / 2, (box_px[1] + box_px[3]) / 2
    inside = any(cv2.pointPolygonTest(band.astype(np.float32), centre, False) >= 0 for band in bands)
    where = f"{written_px(box_px)} lies in {'one' if inside else 'none'}"
    return _step(node, "saw" if inside else "nothing", f"{said}; {where}", bands=len(bands), in_hint=inside)


def _skipped(node: Node) -> Step:
    return _step(node, "skipped", node.reason)


def _step(node: Node, outcome: str, said: str, **facts: object) -> Step:
    return Step.model_validate({"stage": node.stage, "node": node.id, "outcome": outcome, "said": said, "facts": facts})


def _rate(node: Node) -> str:
    value = str(node.config["fps"])
    return value.removesuffix("/1")
