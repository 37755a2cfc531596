"""`docs/diff.schema.json` is what the model says, and a difference fits it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from mpr_core.compare.diff import diff_reports
from mpr_core.compare.model import Diff
from mpr_core.compare.schema import json_schema, schema_text
from tests.mpr_core.compare.made_reports import Seen, report_of

PAGE = Path(__file__).parents[3] / "docs" / "diff.schema.json"


def test_the_schema_in_the_docs_is_the_models() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_text(), (
        "python -m mpr_core.compare.schema docs/diff.schema.json writes it"
    )


def test_the_schema_is_a_valid_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_difference_fits_the_schema_and_reads_back() -> None:
    diff = diff_reports(report_of(Seen("Vantelo", 0, 4)), report_of(Seen("Vantelo", 1, 4), Seen("Oltessa", 8, 9)))
    document = json.loads(diff.model_dump_json())
    jsonschema.validate(document, json_schema())
    assert document["format"] == "mpr.diff/1"
    assert Diff.model_validate(document) == diff
