"""The JSON Schema of `report.json`; `python -m mpr_core.report.schema docs/report.schema.json` writes its copy."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mpr_core.report.model import FORMAT, Report


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of the text that `Report.to_json` returns."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": FORMAT}


def schema_text() -> str:
    """What `docs/report.schema.json` must hold."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
