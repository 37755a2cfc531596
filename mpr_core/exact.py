"""Exact seconds: fractions that survive JSON, and the one canonical JSON text that recipes are hashed from."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, PlainSerializer, WithJsonSchema


def parse_fraction(value: object) -> Fraction:
    """A fraction from a `Fraction`, an int or a text ('num/den' or decimal); floats are refused, they have already lost exactness.

    Raises:
        ValueError: anything else, a zero denominator included.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str):
        try:
            return Fraction(value)
        except ZeroDivisionError as error:
            raise ValueError(f"{value!r} has a zero denominator") from error
    raise ValueError(f"a fraction is written 'num/den', got {type(value).__name__}")


def to_fraction(value: object) -> Fraction:
    """`parse_fraction`, and a float by its shortest decimal reading: what people write in YAML is what they mean.

    Raises:
        ValueError: not a finite number.
    """
    return parse_fraction(repr(value) if isinstance(value, float) else value)


def format_fraction(value: Fraction) -> str:
    """`num/den`, the denominator always written."""
    return f"{value.numerator}/{value.denominator}"


_AS_TEXT = PlainSerializer(format_fraction, return_type=str, when_used="json")
_TEXT_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^-?\d+/[1-9]\d*$"})

Rational = Annotated[Fraction, BeforeValidator(parse_fraction), _AS_TEXT, _TEXT_SCHEMA]
"""An exact fraction in a record: a measured time or rate."""

ExactFraction = Annotated[Fraction, BeforeValidator(to_fraction), _AS_TEXT]
"""An exact fraction in a configuration, where a person may also write 2.5."""


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain, allow_nan=False)


def canonical_digest(value: Any) -> str:
    """First 32 hex digits (128 bits) of the sha256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return format_fraction(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
