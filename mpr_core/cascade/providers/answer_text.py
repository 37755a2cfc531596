"""The JSON object in what a model wrote."""

from __future__ import annotations

import json
from typing import Any

# Far more than any answer has; past it, looking for an object costs more than the answer is worth.
MOST_CHARS = 100_000


def json_object(text: str) -> dict[str, Any] | None:
    """The whole text as an object, else the last one in it: models that are only told to write JSON like to think aloud first.

    Returns:
        None when there is no object, or an unfinished one.
    """
    if len(text) > MOST_CHARS:
        return None
    decoder = json.JSONDecoder(parse_constant=_refuse)
    found: dict[str, Any] | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            found = value
        except ValueError:
            end = at + 1
        except RecursionError:  # nested deeper than any answer; each step further in would fail as slowly
            return found
        at = text.find("{", end)
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
