"""Exact seconds: fractions that survive JSON, and the one canonical JSON text that recipes are hashed from."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, PlainSerializer


def to_fraction(value: Any) -> Fraction:
    """A fraction from `Fraction`, int, 'num/den', a decimal text or a float (its shortest decimal reading)."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool):
        raise ValueError("a boolean is not a number of seconds")
    if isinstance(value, float):
        return Fraction(repr(value))
    try:
        return Fraction(value)
    except (TypeError, ZeroDivisionError) as error:
        raise ValueError(f"not a fraction: {value!r}") from error


ExactFraction = Annotated[
    Fraction,
    BeforeValidator(to_fraction),
    PlainSerializer(lambda f: f"{f.numerator}/{f.denominator}", return_type=str, when_used="json"),
]


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain, allow_nan=False)


def canonical_digest(value: Any) -> str:
    """First 32 hex digits (128 bits) of the sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
