"""The JSON Schema of a line that `mpr events` prints; `python -m mpr_core.runner.event_schema docs/events.schema.json` writes its copy."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mpr_core.runner.events import EVENT_FORMAT, Event

_CURSOR = {
    "type": "integer",
    "minimum": 0,
    "title": "Cursor",
    "description": "where to go on after this line; in the lines that `mpr events` prints, not in the file",
}


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12). Keys with their default are left out of a line; later versions of the format may add keys and kinds."""
    schema = _open(Event.model_json_schema(mode="validation"))
    schema["properties"]["cursor"] = _CURSOR
    schema["required"] = ["format", "kind", "at"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": EVENT_FORMAT}


def _open(value: Any) -> Any:
    """The same schema without the ban on further keys."""
    if isinstance(value, dict):
        return {
            key: _open(entry) for key, entry in value.items() if key != "additionalProperties" or entry is not False
        }
    return [_open(entry) for entry in value] if isinstance(value, list) else value


def schema_text() -> str:
    """What `docs/events.schema.json` must hold."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
