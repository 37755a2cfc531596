"""A check and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpr_core.checks.subject import Subject


@dataclass(frozen=True)
class Verdict:
    """Whether all is well.

    Attributes:
        said: one sentence with the figures, for a reader who sees nothing else.
        numbers: what was judged.
    """

    passed: bool
    said: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One question to a stage's output.

    Attributes:
        asks: what has to hold, and what to do where it does not.
    """

    name: str
    asks: str
    judge: Callable[[Subject], Verdict]


@dataclass(frozen=True)
class Finding:
    """A check's answer."""

    name: str
    passed: bool
    said: str
    numbers: Mapping[str, float] = field(default_factory=dict)


def not_judged(reason: str) -> Verdict:
    """Nothing to complain of, as the stage was not to run."""
    return Verdict(True, f"not judged: {reason}")
