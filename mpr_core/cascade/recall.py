"""Models that a run does not ask: what they answered before is of use, wherever the run is and whatever keys are set there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpr_core.cascade.lines import Choice, Line
from mpr_core.cascade.prices import FREE
from mpr_core.cascade.provider import Ask, ProviderError, Reply
from mpr_core.wire.health import exact_name

_WHY = "this run goes by stored answers alone"


class _Recalled:
    """A model by its names alone."""

    def __init__(self, name: str, model: str) -> None:
        self.name, self.model = name, model

    def ask(self, _ask: Ask, /) -> Reply:
        raise ProviderError("nobody is asked here", kind="rejected", where=self.name, why=_WHY)

    def close(self) -> None:
        """Nothing is open."""


def recalled(choices: Sequence[Choice], models: Mapping[str, str]) -> list[Line]:
    """A closed line to each of the choices that answers may rest on; stored answers cost what they did, so no price is needed.

    Args:
        models: provider -> model whose answers are meant, as exactly as it is known.
    """
    lines = [Line(_Recalled(name, exact_name(model, models[name])), FREE) for name, model in choices if name in models]
    for line in lines:
        line.close(_WHY)
    return lines
