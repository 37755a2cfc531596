"""A config field in words: its range and default, the same in `mpr stages --verbose` and in Dagster's launchpad."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_SIGNS = {"gt": "above", "ge": "from", "lt": "below", "le": "up to"}
_MOST_CHARACTERS = 60


def allowed(field: FieldInfo) -> str:
    """'30 to 100', 'above 0, up to 60', 'true, false', 'ignore, prioritise, narrow'; empty when anything goes."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(map(str, get_args(field.annotation)))
    if field.annotation is bool:
        return "true, false"
    limits = {key: f"{getattr(m, key):g}" for m in field.metadata for key in _SIGNS if hasattr(m, key)}
    if {"gt", "lt"} <= set(limits):
        return f"between {limits['gt']} and {limits['lt']}"
    if {"ge", "le"} <= set(limits):
        return f"{limits['ge']} to {limits['le']}"
    return ", ".join(f"{word} {limits[key]}" for key, word in _SIGNS.items() if key in limits)


def default_of(field: FieldInfo) -> str:
    """The default as it is written in YAML; a long text is cut (`mpr stages --json` has the whole)."""
    return "" if field.is_required() else _written(field.get_default(call_default_factory=True))  # type: ignore[call-arg]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(entry) for entry in value) + "]"
    if isinstance(value, BaseModel):
        return "{" + ", ".join(f"{name}: {_written(entry)}" for name, entry in value) + "}"
    if value is None:
        return "null"
    text = "''" if value == "" else str(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + "..."
