"""The language model behind /vlm."""

from __future__ import annotations

from typing import Protocol

from gpu_service.work import Work
from mpr_core.cascade.provider import Ask, Reply


class Vlm(Protocol):
    """A vision-language model that answers one question at a time, from several threads."""

    def load(self) -> dict[str, str]:
        """Make it ready to answer.

        Returns:
            Its name -> its digest, or that another server runs it (`mpr_core.wire.health`).
        """
        ...

    def answer(self, ask: Ask, model: str, work: Work) -> Reply:
        """What it says.

        Args:
            model: the one asked for; empty: its own.
            work: asked whether somebody still waits for the answer.
        Raises:
            Refused: nobody does.
            ProviderError: it gave no usable answer.
            ConfigError: it is not the model asked for.
        """
        ...

    def close(self) -> None:
        """Let it go."""
        ...
