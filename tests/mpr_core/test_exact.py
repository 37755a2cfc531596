"""Exact numbers, and one JSON text for equal values."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpr_core.exact import canonical_digest, canonical_json, to_fraction


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, Fraction(3)),
        ("30000/1001", Fraction(30000, 1001)),
        ("2.5", Fraction(5, 2)),
        (0.1, Fraction(1, 10)),
        (29.97, Fraction(2997, 100)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_numbers_are_read_as_they_are_written(value: object, expected: Fraction) -> None:
    assert to_fraction(value) == expected


@pytest.mark.parametrize("value", [True, "1/0", "fast", None, [1], float("nan"), float("inf"), ""])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"fraction|boolean|literal|zero denominator"):
        to_fraction(value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_canonical_json_reads_back_as_the_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_makes_no_difference(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical_digest(value) == canonical_digest(turned)


def test_a_digest_is_the_same_on_every_machine_and_version() -> None:
    assert canonical_digest(["run_ocr", "1", {"b": Fraction(1, 2), "a": "é"}]) == "00b1c231825e3296fc05b8010eb55fd9"
    assert canonical_json({"b": Fraction(1, 2), "a": "é"}) == '{"a":"é","b":"1/2"}'
    assert len(canonical_digest([])) == 32


def test_what_has_no_canonical_form_is_an_error() -> None:
    with pytest.raises(TypeError, match="set has no canonical JSON form"):
        canonical_json({"a": {1}})
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
