"""The JSON Schema of what `mpr diff --json` prints; `python -m mpr_core.compare.schema docs/diff.schema.json` writes its copy."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mpr_core.compare.model import FORMAT, Diff


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a difference as JSON."""
    schema = Diff.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": FORMAT}


def schema_text() -> str:
    """What `docs/diff.schema.json` must hold."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
