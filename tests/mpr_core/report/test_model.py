"""`report.json`: the same bytes for the same input, readable again, and as its schema says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mpr_core.errors import FormatMismatch
from mpr_core.report.compile import AiringRule
from mpr_core.report.model import Report, load_report
from mpr_core.report.schema import json_schema, schema_text
from mpr_core.report.sighting import StageOutcome

ROOT = Path(__file__).parents[3]


def test_the_same_input_gives_the_same_bytes_in_any_order(report_factory: Callable[..., Report]) -> None:
    first = report_factory(
        stages=[StageOutcome("run_ocr", "done", counts={"b": 1, "a": 2})], brand_list=["Zeta", "Alfa"]
    )
    second = report_factory(
        stages=[StageOutcome("run_ocr", "done", counts={"a": 2, "b": 1})], brand_list=["Alfa", "Zeta"]
    )
    assert first.to_json() == second.to_json()


def test_the_command_line_shape_is_kept(sample_report: Report) -> None:
    document = json.loads(sample_report.to_json())
    assert document["format"] == "mpr.report/1"
    assert {"timeline", "duration_s", "airings", "brands", "stages"} <= set(document)
    assert {"brand", "start_s", "end_s", "decided_by", "score"} <= set(document["airings"][0])
    assert isinstance(document["airings"][0]["decided_by"], str)
    assert {"name", "status", "reason"} <= set(document["stages"][0])


def test_numbers_are_rounded_and_settings_are_not(report_factory: Callable[..., Report]) -> None:
    report = report_factory(
        stages=[StageOutcome("x", "done", counts={"mean": 1 / 3}, config_changes={"step": 0.000123456})],
        duration_s=601.23456,
    )
    assert report.duration_s == 601.235
    assert report.stages[0].counts == {"mean": 0.333}
    assert report.stages[0].config_changes == {"step": 0.000123456}
    assert all(round(a.mean_area_ratio, 5) == a.mean_area_ratio for a in report.airings)


def test_brands_not_found_stand_in_the_report_with_zeros(sample_report: Report) -> None:
    absent = [b for b in sample_report.brands if b.airings == 0]
    assert [b.brand for b in absent] == ["Absent 0", "Absent 1", "Absent 2"]
    assert all(b.listed and b.seconds == 0 and b.first_s is None for b in absent)


def test_the_damaged_range_reaches_to_the_end_of_its_chunk(sample_report: Report) -> None:
    (damage,) = sample_report.damaged
    assert (damage.chunk_index, damage.start_s, damage.end_s) == (1, 350.0, 400.0)
    assert sample_report.damaged_s == 50.0


def test_a_dropped_presence_is_noted(report_factory: Callable[..., Report]) -> None:
    report = report_factory(rule=AiringRule(min_airing_s=5.0), notes=[])
    assert len(report.notes) == 1
    assert "left out: less than 5 s on screen" in report.notes[0]
    assert all(airing.seconds >= 5 for airing in report.airings)


@pytest.mark.parametrize("changes", [{}, {"sightings": [], "brand_list": [], "scenes": [], "chunks": [], "texts": []}])
def test_a_report_is_read_back_as_it_was_and_fits_its_schema(
    report_factory: Callable[..., Report], changes: dict[str, Any]
) -> None:
    report = report_factory(**changes)
    text = report.to_json()
    assert load_report(text) == report
    assert load_report(text).to_json() == text
    jsonschema.validate(json.loads(text), json_schema(), jsonschema.Draft202012Validator)


def test_keys_that_a_later_version_added_are_ignored(sample_report: Report) -> None:
    document = json.loads(sample_report.to_json())
    document["colour"] = "blue"
    document["airings"][0]["mood"] = "calm"
    document["airings"][0]["boxes"][0]["depth_m"] = 3
    assert load_report(json.dumps(document)) == sample_report


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"format": "mpr.report/2"}', "mpr.report/2"),
        ("{}", "None"),
        ("[]", "None"),
        ("<html>", "not JSON"),
        ('{"format": "mpr.report/1"}', "timeline"),
    ],
    ids=["a later major", "no format", "a list", "not JSON", "keys missing"],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(text: str, says: str) -> None:
    with pytest.raises(FormatMismatch, match=says) as caught:
        load_report(text)
    assert caught.value.remedy


def test_the_schema_in_docs_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run `python -m mpr_core.report.schema docs/report.schema.json`"
