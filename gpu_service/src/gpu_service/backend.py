"""What the router stands on: the routines that infer, and what is known of the models behind them."""

from __future__ import annotations

from typing import Protocol

from gpu_service.vlm import Vlm
from mpr_core.inference.in_process import InProcess
from mpr_core.stages.configs import Precision
from mpr_core.wire.health import ModelInfo


class Backend(Protocol):
    """One set of models.

    Attributes:
        vlm: None where the host has no language model.
    """

    vlm: Vlm | None

    @property
    def inference(self) -> InProcess:
        """MPR's own routines over these models; their intermediate results too, which /debug shows."""
        ...

    def load(self) -> dict[str, str]:
        """Open the models, hold their files against the digests they must have, and run each once.

        Returns:
            Model -> digest in force.
        Raises:
            MprError: a model is missing, changed, or does not run.
        """
        ...

    def model(self, name: str, precision: Precision, weights: str) -> ModelInfo:
        """One model.

        Raises:
            ModelMissing: there is none such.
            ConfigError: the weights cannot be used.
        """
        ...

    def close(self) -> None:
        """Let the models go."""
        ...
