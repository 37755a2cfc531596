"""The models a stage may ask, in the profile's order, each with its prices: what is left of the choice on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from mpr_core.cascade.access import ProviderName, open_provider
from mpr_core.cascade.prices import Price, prices
from mpr_core.cascade.provider import Ask, Provider, Usage
from mpr_core.runner.context import Services
from mpr_core.wire.health import bare_name, exact_name

_STRIKES = 3
"""So many questions in a row without an answer for a passing reason, retries and all: a provider is left alone for the rest of the run."""

Choice = tuple[ProviderName, str]
"""A provider and the model that the profile names, '' for its usual one."""


@dataclass
class Line:
    """One model that can be asked, and what it asks for."""

    provider: Provider
    price: Price

    def __post_init__(self) -> None:
        self._lock, self._strikes, self._out = Lock(), 0, ""

    @property
    def name(self) -> str:
        return f"{self.provider.name} {self.provider.model}".strip()

    @property
    def out_because(self) -> str:
        """Why it is not asked any more in this run; '' while it is."""
        return self._out

    def worst_usd(self, ask: Ask, *, batched: bool = False) -> float:
        """The most that one call of a question may cost."""
        return float(self.price.worst_cost_usd(ask) * (self.price.batch_ratio if batched else 1))

    def cost_usd(self, usage: Usage, *, batched: bool = False) -> float:
        """What the tokens of a response cost."""
        return float(self.price.cost_usd(usage) * (self.price.batch_ratio if batched else 1))

    def close(self, why: str) -> None:
        """It is not asked from now on; what it answered before stays of use."""
        with self._lock:
            self._out = self._out or why

    def answered(self) -> None:
        with self._lock:
            self._strikes = 0

    def failed(self, why: str, *, for_good: bool) -> None:
        """A question got no answer, though not for a reason that lies in the question."""
        with self._lock:
            self._strikes += 1
            if for_good or self._strikes >= _STRIKES:
                self._out = self._out or why


def reachable(choices: Sequence[Choice], services: Services) -> tuple[list[Choice], list[str]]:
    """The choices that can be asked from here, with their models; and why the others cannot."""
    access = services.models
    missing = [(access.missing(name, model), name, access.model(name, model)) for name, model in choices]
    return [(name, model) for why, name, model in missing if why is None], [why for why, _, _ in missing if why]


def identified(choices: Sequence[Choice], services: Services) -> list[Choice]:
    """The choices that can be asked, each with the model that will answer: a host's with its digest, for it may be exchanged.

    Raises:
        InferenceRefused: the host does not say.
    """
    return [(name, _exactly(name, model, services)) for name, model in reachable(choices, services)[0]]


def _exactly(name: ProviderName, model: str, services: Services) -> str:
    return exact_name(model, services.inference.language_model()) if name == "host" else model


def opened(choices: Sequence[Choice], services: Services, timeout_s: float) -> list[Line]:
    """A line to each of the choices that can be asked; they stay open for the stage.

    Raises:
        ConfigError: a model has no price.
    """
    table = prices(services.models.prices_file)
    lines = []
    for name, model in reachable(choices, services)[0]:
        price = table.price(name, bare_name(model))
        lines.append(Line(_provider(name, model, services, timeout_s), price))
    return lines


def _provider(name: ProviderName, model: str, services: Services, timeout_s: float) -> Provider:
    session = f"provider/{name}/{model}/{timeout_s:g}"
    found: Provider = services.session(session, lambda: open_provider(name, model, services.models, timeout_s))
    return found
