"""Exact fractions in records: seconds, rates and time bases that survive JSON as `"num/den"`."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


def parse_fraction(value: object) -> Fraction:
    """A Fraction from a Fraction, an int or `"num/den"`; floats are refused, they have already lost exactness.

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


def format_fraction(value: Fraction) -> str:
    """`"num/den"`, the denominator always written."""
    return f"{value.numerator}/{value.denominator}"


Rational = Annotated[
    Fraction,
    BeforeValidator(parse_fraction),
    PlainSerializer(format_fraction, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+/[1-9]\d*$"}),
]
