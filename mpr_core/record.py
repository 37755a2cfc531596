"""The base of every domain record: frozen, validated at construction, no unknown fields; and what validation found, in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class Record(BaseModel):
    """A value that is checked once, when it is made, and never changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants", allow_inf_nan=False)


class StageConfig(Record):
    """The knobs of one stage. Every field has a unit in its name or description, a range and a default."""


def problems_of(error: ValidationError, prefix: tuple[str, ...] = (), known: Sequence[str] = ()) -> str:
    """pydantic's findings as one line: `path: what is wrong (given value)`.

    Args:
        prefix: leads every path.
        known: field names; the nearest is proposed for an unknown one.
    """
    lines = []
    for found in error.errors(include_url=False):
        path = ".".join(str(p) for p in (*prefix, *found["loc"]))
        if found["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(found["loc"][-1]), known, n=1)
            lines.append(f"{path}: no such field" + (f", did you mean {near[0]}?" if near else ""))
        elif found["type"] == "missing":
            lines.append(f"{path}: is missing")
        else:
            message = found["msg"].removeprefix("Value error, ")
            lines.append(f"{path}: {message[0].lower() + message[1:]} (given: {_short(found['input'])})")
    return "; ".join(lines)


def _short(value: Any) -> str:
    """The value as a message shows it: without the user and password that may stand in an address."""
    text = str(value) if isinstance(value, Fraction) else repr(value)
    text = re.sub(r"(?<=://)[^/?#]*@", "***@", text)
    return text if len(text) <= 60 else text[:57] + "..."
