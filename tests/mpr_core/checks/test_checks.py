"""Each check passes on what is right and fails on what is wrong, on hand-made nodes whose tables are in a store."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from mpr_core.checks.finding import Finding
from mpr_core.checks.registry import CHECKS, check_node
from mpr_core.errors import PartMissing
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import DamagedRange, Node, NodePart, Provenance
from mpr_core.report.tables import AIRINGS_SCHEMA
from mpr_core.stages.decision_rows import DECISIONS
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.escalation import QUESTIONS
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.tables import to_parquet
from mpr_core.timeline.segments import segments_of_timeline
from mpr_core.timeline.timeline import Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk

LENGTH_S, SEGMENT_S = 10, 5


class Desk:
    """A store with a ten-second timeline in two segments, and nodes made up for it."""

    def __init__(self) -> None:
        self.catalog = Catalog(ObjectStore("memory://"))
        self.timeline = Timeline(id="match", chunks=(made_up_chunk(LENGTH_S),))
        self.catalog.save_timeline(self.timeline)

    def node(
        self,
        stage: str,
        counts: list[dict[str, float]],
        *,
        tables: list[dict[str, pa.Table]] | None = None,
        parents: tuple[Node, ...] = (),
        config: dict[str, Any] | None = None,
        **more: Any,
    ) -> Node:
        """A node with a part for each of `counts`, its tables stored."""
        cut = segments_of_timeline(self.timeline, Fraction(SEGMENT_S))
        whole = STAGES[stage].scope == "timeline"
        recipes = [f"{stage}{number}" for number in range(len(counts))]
        for recipe, files in zip(recipes, tables or [{}] * len(counts), strict=True):
            for name, table in files.items():
                self.catalog.store.put(f"{keys.part_folder(stage, recipe)}/{name}.parquet", to_parquet(table))
        total = {name: sum(part.get(name, 0) for part in counts) for name in (counts[0] if counts else {})}
        node = Node(
            id=f"{stage}-1",
            timeline="match",
            stage=stage,
            stage_version="1",
            config=STAGES[stage].config().model_dump(mode="json") | (config or {}),
            ancestors={parent.stage: parent.id for parent in parents},
            parts=tuple(
                NodePart(recipe=r, segment=None if whole else cut[i], counts=counts[i]) for i, r in enumerate(recipes)
            ),
            counts=total,
            provenance=Provenance(run_id="r", profile="generic"),
            **({"status": "done"} | more),
        )
        self.catalog.save_node(node)
        return node

    def found(self, node: Node) -> dict[str, Finding]:
        return {finding.name: finding for finding in check_node(self.catalog, node)}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def table(schema: pa.Schema, **columns: list[Any]) -> pa.Table:
    """A table in which only some columns matter."""
    rows = len(next(iter(columns.values())))
    blank = {"string": "", "bool": False}
    made = {f.name: pa.array(columns.get(f.name, [blank.get(str(f.type))] * rows), f.type) for f in schema}
    return pa.table(made)


def frames(t_s: list[float], pts_s: list[float] | None = None) -> dict[str, pa.Table]:
    return {"frames": table(FrameIndex.SCHEMAS["frames"], t_s=t_s, pts_s=t_s if pts_s is None else pts_s)}


def grid(start: float) -> list[float]:
    """The ten instants of a segment at two frames a second."""
    return [start + k / 2 for k in range(10)]


def extracted(desk: Desk, second: list[float], pts_s: list[float] | None = None, **more: Any) -> Node:
    """extract_frames with a whole first segment and a given second one."""
    tables = [frames(grid(0)), frames(second, pts_s)]
    counts = [{"frames": 10.0}, {"frames": float(len(second))}]
    return desk.node("extract_frames", counts, tables=tables, **more)


def test_every_stage_has_checks_that_say_what_they_ask() -> None:
    assert tuple(CHECKS) == STAGE_NAMES
    for checks in CHECKS.values():
        assert len({check.name for check in checks}) == len(checks) >= 1
        assert all(check.asks[-1] == "." and check.name.isidentifier() for check in checks)


def test_frames_on_the_whole_grid_are_all_well(desk: Desk) -> None:
    found = desk.found(extracted(desk, grid(5)))
    assert all(finding.passed for finding in found.values())
    assert found["frames_found"].said == "20 frames in 2 segments"
    assert found["no_sampling_gaps"].numbers["expected"] == 20


def test_a_segment_without_frames_is_named(desk: Desk) -> None:
    found = desk.found(extracted(desk, []))
    assert not found["frames_found"].passed
    assert found["frames_found"].said == "10 frames in 2 segments; none in the 1 segment from 00:05.000"
    assert not found["no_sampling_gaps"].passed


def test_an_instant_without_a_frame_is_a_gap(desk: Desk) -> None:
    gap = desk.found(extracted(desk, grid(5)[:7]))["no_sampling_gaps"]
    assert (gap.passed, gap.numbers["missing"]) == (False, 3)
    assert gap.said == "3 instants of 20 without a frame; in the segments from 00:05.000"


def test_a_picture_that_stands_still_is_a_gap_in_the_source(desk: Desk) -> None:
    old = [5.0] * 8 + [9.0, 9.5]
    gap = desk.found(extracted(desk, grid(5), old))["no_sampling_gaps"]
    assert (gap.passed, gap.numbers["stood_still"], gap.numbers["longest_still_s"]) == (False, 6, 3.5)
    assert "no new picture for up to 3.5 s (6 instants)" in gap.said
    usual = [t - 0.04 for t in grid(5)]
    assert desk.found(extracted(desk, grid(5), usual))["no_sampling_gaps"].passed, "a frame is a little older"


def test_a_film_whose_first_frame_comes_late_has_no_gap_before_it(desk: Desk) -> None:
    probe = desk.timeline.chunks[0].probe.model_copy(update={"first_frame_s": Fraction(1, 5)})
    chunk = desk.timeline.chunks[0].model_copy(update={"probe": probe})
    desk.catalog.save_timeline(desk.timeline.model_copy(update={"chunks": (chunk,)}))
    tables = [frames(grid(0)[1:]), frames(grid(5))]
    node = desk.node("extract_frames", [{"frames": 9}, {"frames": 10}], tables=tables)
    assert desk.found(node)["no_sampling_gaps"].passed


@pytest.mark.parametrize("stage", ["extract_frames", "compile_report"])
def test_damage_is_named_where_video_is_read_and_where_it_is_reported(desk: Desk, stage: str) -> None:
    damage = (DamagedRange(chunk_key="chunks/a/film.mkv", from_s=7.25, reason="cut short"),)
    made = {"extract_frames": lambda: extracted(desk, grid(5), damaged=damage)}
    made["compile_report"] = lambda: reported(desk, [], damaged=damage)
    finding = desk.found(made[stage]())["source_whole"]
    assert not finding.passed
    assert finding.said == "1 chunk not used to the end: film.mkv from 00:07.250 on (cut short)"


@pytest.mark.parametrize(
    ("kept", "blank", "passed"), [(20, 0, True), (0, 0, False), (12, 8, True), (9, 11, False), (0, 20, False)]
)
def test_something_must_be_left_to_look_at(desk: Desk, kept: int, blank: int, passed: bool) -> None:
    node = desk.node(
        "filter_scenes", [{"kept_frames": kept, "blank_frames": blank}], parents=(extracted(desk, grid(5)),)
    )
    finding = desk.found(node)["frames_kept"]
    assert finding.passed is passed
    assert f"{kept} of 20 frames kept" in finding.said


@pytest.mark.parametrize(("seen", "passed"), [(0, False), (3, True)])
def test_where_fields_are_looked_for_one_is_seen(desk: Desk, seen: int, passed: bool) -> None:
    counts = [{"frames_with_field": float(seen), "frames_without_field": 20.0 - seen}]
    assert desk.found(desk.node("field_segmentation", counts))["field_found"].passed is passed


def test_a_stage_that_is_switched_off_is_not_judged(desk: Desk) -> None:
    off = {"status": "skipped", "reason": "switched off in the configuration"}
    counts = [{"frames_with_field": 0.0, "frames_without_field": 0.0}]
    for node in (desk.node("field_segmentation", counts, **off), desk.node("detect_edges", [{"bands": 0.0}], **off)):
        (finding,) = desk.found(node).values()
        assert (finding.passed, finding.said) == (True, "not judged: switched off in the configuration")


@pytest.mark.parametrize(("fields", "bands", "passed"), [(0, 0, True), (8, 5, True), (8, 0, False)])
def test_fields_have_bands_beside_them(desk: Desk, fields: int, bands: int, passed: bool) -> None:
    field = desk.node("field_segmentation", [{"frames_with_field": float(fields), "frames_without_field": 1.0}])
    node = desk.node("detect_edges", [{"bands": float(bands)}], parents=(field,))
    assert desk.found(node)["bands_found"].passed is passed


def boxes(quads: list[list[float]], seqs: list[int] | None = None, source: str = "text") -> dict[str, pa.Table]:
    columns = {"quad_px": quads, "seq": seqs or [0] * len(quads), "source": [source] * len(quads)}
    return {"boxes": table(TrackedBoxes.SCHEMAS["boxes"], **columns)}


INSIDE = [0.0, 0, 40, 0, 40, 20, 0, 20]


def detected(desk: Desk, first: dict[str, pa.Table], tracks: float, **more: Any) -> dict[str, Finding]:
    counts = [{"boxes": float(first["boxes"].num_rows), "tracks": tracks}, {"boxes": 0.0, "tracks": 0.0}]
    return desk.found(desk.node("detect_objects", counts, tables=[first, boxes([])], **more))


def test_boxes_within_their_frames_are_all_well(desk: Desk) -> None:
    slightly = [-2.0, -2, 321, 0, 321, 182, 0, 182]
    found = detected(desk, boxes([INSIDE, slightly]), 1.0)
    assert all(finding.passed for finding in found.values())
    assert found["boxes_in_frame"].said == "all 2 boxes within the frame"


@pytest.mark.parametrize("corner", [-50.0, 700.0, float("nan"), float("inf")])
def test_a_box_beyond_its_frame_is_named(desk: Desk, corner: float) -> None:
    found = detected(desk, boxes([INSIDE, [corner, *INSIDE[1:]]]), 1.0)["boxes_in_frame"]
    assert (found.passed, found.numbers["boxes_outside"]) == (False, 1)
    assert found.said == "1 of 2 boxes beyond the frame, from 00:00.000"


def test_a_frame_that_is_full_may_have_had_more_boxes(desk: Desk) -> None:
    three = {"config": {"max_boxes": 3}}
    full = detected(desk, boxes([INSIDE] * 4, [5, 5, 5, 6]), 4.0, **three)["boxes_under_limit"]
    assert (full.passed, full.numbers["frames_at_limit"]) == (False, 1)
    assert detected(desk, boxes([INSIDE] * 4, [5, 5, 6, 6]), 4.0, **three)["boxes_under_limit"].passed
    yolo = detected(desk, boxes([INSIDE] * 4, [5, 5, 5, 5], "yolo"), 4.0, **three)["boxes_under_limit"]
    assert yolo.passed, "the limit is the text detector's"


def test_nothing_detected_is_said(desk: Desk) -> None:
    found = detected(desk, boxes([]), 0.0)
    assert [name for name, finding in found.items() if not finding.passed] == ["boxes_found"]


@pytest.mark.parametrize(("tracks", "passed"), [(60, False), (49, True), (50, True), (30, True)])
def test_tracks_of_one_box_each_are_no_tracks(desk: Desk, tracks: int, passed: bool) -> None:
    found = detected(desk, boxes([INSIDE] * (62 if tracks > 50 else 61)), float(tracks))["tracks_hold"]
    assert found.passed is passed


@pytest.mark.parametrize(("second", "passed"), [([0, 1, 1], True), ([0, 0], False), ([], False)])
def test_every_track_has_a_crop(desk: Desk, second: list[int], passed: bool) -> None:
    objects = desk.node("detect_objects", [{"boxes": 1.0, "tracks": 1.0}, {"boxes": 2.0, "tracks": 2.0}])
    tables = [{"crops": table(TrackCrops.SCHEMAS["crops"], track=tracks)} for tracks in ([0, 0], second)]
    counts = [{"crops": 2.0}, {"crops": float(len(second))}]
    node = desk.node("preprocess", counts, tables=tables, parents=(objects,))
    finding = desk.found(node)["every_track_cropped"]
    assert finding.passed is passed
    assert passed or finding.said == f"{2 - len(set(second))} of 3 tracks without a crop, from 00:05.000"


@pytest.mark.parametrize(("tracks", "legible", "passed"), [(0, 0, True), (19, 0, True), (20, 10, True), (20, 9, False)])
def test_half_of_the_tracks_can_be_read(desk: Desk, tracks: int, legible: int, passed: bool) -> None:
    node = desk.node("run_ocr", [{"tracks": float(tracks), "legible_tracks": float(legible)}])
    assert desk.found(node)["texts_legible"].passed is passed


LIST = {"brands": [{"canonical_name": "Vantelo", "aliases": [], "exclude": []}]}


def matched(desk: Desk, decided: list[str], unmatched: float = 0, **config: Any) -> Node:
    tables = [{"decisions": table(DECISIONS, brand=decided)}]
    counts = [{"decided_tracks": float(sum(map(bool, decided))), "unmatched_texts": unmatched}]
    return desk.node("match_brands", counts, tables=tables, config=LIST | config)


def test_decisions_of_the_list_are_all_well(desk: Desk) -> None:
    found = desk.found(matched(desk, ["Vantelo", "", "Vantelo"], 3))
    assert all(finding.passed for finding in found.values())
    assert found["brands_on_list"].said == "1 brand found, all on the list"


def test_a_missing_list_and_a_name_outside_it_are_said(desk: Desk) -> None:
    none = desk.found(matched(desk, [""], 200, brands=[]))
    assert [name for name, finding in none.items() if not finding.passed] == ["brand_list_given"], "said once"
    strange = desk.found(matched(desk, ["Vantelo", "Elsewhere"]))["brands_on_list"]
    assert (strange.passed, strange.said) == (False, "1 brand outside the list: Elsewhere")


@pytest.mark.parametrize(("unmatched", "passed"), [(48, True), (49, True), (99, False)])
def test_a_list_that_fits_next_to_nothing_is_doubted(desk: Desk, unmatched: int, passed: bool) -> None:
    assert desk.found(matched(desk, ["Vantelo"], unmatched))["texts_matched"].passed is passed


@pytest.mark.parametrize("stage", ["escalate_vlm", "escalate_cloud"])
def test_questions_left_unasked_are_counted_unless_the_stage_was_switched_off(desk: Desk, stage: str) -> None:
    def finding(would_ask: int, **more: Any) -> Finding:
        return desk.found(desk.node(stage, [{"asked": 2.0, "would_ask": float(would_ask)}], **more))["questions_asked"]

    unasked = finding(7, status="skipped", reason="no local VLM is configured")
    assert (unasked.passed, unasked.said) == (False, "7 tracks left unasked: no local VLM is configured")
    assert finding(0).passed
    assert finding(7, status="skipped", reason="switched off", config={"enabled": False}).passed


def test_questions_that_failed_are_told_with_the_commonest_reason(desk: Desk) -> None:
    reasons = ["vlm a: rejected: it answers 404: no such model", "vlm a: timeout: no answer in time"]
    rows = {"status": ["failed", "failed", "failed", "answered"], "reason": [reasons[0], reasons[1], reasons[0], ""]}
    questions = table(QUESTIONS, **rows)
    counts = [{"asked": 1.0, "would_ask": 3.0, "failed": 3.0}]
    finding = desk.found(desk.node("escalate_vlm", counts, tables=[{"questions": questions}]))["questions_asked"]
    said = "asked the 1 best of 4; 3 without an answer because of failures"
    assert (finding.passed, finding.said) == (False, f"{said} ({reasons[0]})")


@pytest.mark.parametrize(("unusable", "passed"), [(1, True), (2, False), (4, False)])
def test_a_model_whose_answers_are_mostly_of_no_use_is_told_with_the_reason(
    desk: Desk, unusable: int, passed: bool
) -> None:
    reason = "vlm a: truncated: the most output tokens were reached"
    rows = {
        "status": ["refused"] * unusable + ["answered"] * (4 - unusable),
        "reason": [reason] * unusable + [""] * (4 - unusable),
    }
    counts = [{"asked": 4.0, "would_ask": 0.0, "no_answer": float(unusable)}]
    node = desk.node("escalate_vlm", counts, tables=[{"questions": table(QUESTIONS, **rows)}])
    finding = desk.found(node)["questions_asked"]
    said = f"asked 4 of 4; {unusable} got no usable answer ({reason})"
    assert (finding.passed, finding.said) == (passed, "4 tracks asked about, none left open" if passed else said)


def reported(desk: Desk, airings: list[tuple[str, float, float]], **more: Any) -> Node:
    columns = {name: [row[i] for row in airings] for i, name in enumerate(("brand", "start_s", "end_s"))}
    tables = [{"airings": table(AIRINGS_SCHEMA, **columns)}]
    counts = [{"airings": float(len(airings)), "brands": 0.0}]
    return desk.node("compile_report", counts, tables=tables, parents=(matched(desk, []),), **more)


def test_airings_within_the_timeline_of_listed_brands_are_all_well(desk: Desk) -> None:
    for airings in ([], [("Vantelo", 0.0, 10.0), ("Vantelo", 3.0, 10.0004)]):
        assert all(finding.passed for finding in desk.found(reported(desk, airings)).values())


@pytest.mark.parametrize("span", [(-0.5, 2.0), (3.0, 3.0), (4.0, 3.0), (9.0, 11.0)])
def test_an_airing_outside_the_timeline_is_an_error_of_clocks(desk: Desk, span: tuple[float, float]) -> None:
    finding = desk.found(reported(desk, [("Vantelo", 1.0, 2.0), ("Vantelo", *span)]))["airings_in_timeline"]
    assert (finding.passed, finding.said) == (False, "1 of 2 airings not within 0 to 10.0 s")


def test_a_brand_of_the_report_that_is_on_no_list_is_named(desk: Desk) -> None:
    finding = desk.found(reported(desk, [("Elsewhere", 1.0, 2.0)]))["brands_on_list"]
    assert (finding.passed, finding.said) == (False, "1 brand outside the list: Elsewhere")


def test_parts_that_are_gone_are_not_taken_for_empty_ones(desk: Desk) -> None:
    node = extracted(desk, grid(5))
    desk.catalog.store.delete([f"{keys.part_folder('extract_frames', 'extract_frames1')}/frames.parquet"])
    with pytest.raises(PartMissing, match="what a check looks at is gone"):
        check_node(desk.catalog, node)
