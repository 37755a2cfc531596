"""docs/events.schema.json is the schema of the lines as they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from mpr_core.runner.event_schema import json_schema, schema_text
from mpr_core.runner.events import EventLog, read_lines
from tests.mpr_core.whole_pipeline import Pipeline

ROOT = Path(__file__).parents[3]


def test_the_copy_in_docs_is_the_models() -> None:
    text = (ROOT / "docs" / "events.schema.json").read_text(encoding="utf-8")
    assert text == schema_text(), "python -m mpr_core.runner.event_schema docs/events.schema.json"


def test_every_line_of_a_run_fits_it(pipeline: Callable[..., Pipeline], short_film: Path, tmp_path: Path) -> None:
    one, log = pipeline(), EventLog(tmp_path / "events.jsonl")
    one.ingest("match", [short_film])
    one.run("match", events=log)
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    lines = read_lines(log.path)[0]
    assert {line.document["kind"] for line in lines} >= {"stage_started", "detections", "cost", "stage_finished"}
    for line in lines:
        jsonschema.validate(line.document | {"cursor": line.cursor}, schema)


@pytest.mark.parametrize("line", [{"kind": "progress", "at": 1}, {"format": "mpr.event/1", "kind": "x", "at": 1}])
def test_what_is_no_event_does_not_fit(line: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(line, json_schema())
