"""What a stage is: name, version, parents and config here, light to import; the function lives in the stage's own module."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from mpr_core.record import StageConfig

if TYPE_CHECKING:
    from mpr_core.runner.context import PlanContext, Planned, Services
    from mpr_core.runner.payload import Payload


SegmentFunction = Callable[..., "Payload"]


class StageModule(Protocol):
    """What `mpr_core.stages.<name>` defines.

    `run(context, config, **payloads of the parents)` is a pure function over one segment (or the whole timeline). A stage that may be
    switched off also defines `skip`, with the same arguments, which passes its input on. Optional: `models(config, services)` (name ->
    digest of every model file used), `reason_to_skip(config, services)` (why it cannot run here although enabled, or None) and
    `plan(context, config)`: a look at the whole timeline before any segment is computed, which gives each segment the value that `run`
    receives as `plan`; what it decides is in the recipes, so `run` stays a pure function of its arguments.
    """

    PAYLOAD: type[Payload]

    def run(self, context: Any, config: Any, **parents: Any) -> Payload: ...


class SkippableModule(StageModule, Protocol):
    """The module of a stage that may be switched off."""

    def skip(self, context: Any, config: Any, **parents: Any) -> Payload: ...


@dataclass(frozen=True)
class Stage:
    """One of the eleven stages.

    Attributes:
        version: raised whenever the same input and config would give another output.
        needs: parent stages, whose payloads the function receives as keyword arguments.
        scope: 'segment', or 'timeline' for the one that reduces over all segments.
        pool: 'gpu' or 'cloud' when an orchestrator should limit how many run at once.
        python_bound: computing is Python that keeps one core busy, so segments are shared among processes where there are more cores.
        infers: most of its time goes by in `Services.inference`.
        group: heading under which a user interface lists the stage.
    """

    name: str
    version: str
    summary: str
    config: type[StageConfig]
    group: str
    needs: tuple[str, ...] = ()
    scope: Literal["segment", "timeline"] = "segment"
    pool: Literal["gpu", "cloud"] | None = None
    python_bound: bool = False
    infers: bool = False

    @property
    def skippable(self) -> bool:
        return "enabled" in self.config.model_fields

    def module(self) -> StageModule:
        """The stage's code; heavy libraries are imported only now."""
        return cast(StageModule, importlib.import_module(f"mpr_core.stages.{self.name}"))

    def function(self, skipped: bool) -> SegmentFunction:
        """`run`, or `skip` for a stage that is switched off."""
        return cast(SkippableModule, self.module()).skip if skipped else self.module().run

    def reads(self, skipped: bool) -> tuple[str, ...]:
        """The parents whose payloads the function names as arguments; one that takes the rest as `**more` is spared loading them."""
        named = inspect.signature(self.function(skipped)).parameters
        return tuple(name for name in self.needs if name in named)

    def planning(self) -> Callable[[PlanContext, StageConfig], Planned] | None:
        """The stage's `plan`, None for a stage that needs no look at the whole timeline."""
        return getattr(self.module(), "plan", None)

    def models(self, config: StageConfig, services: Services) -> Mapping[str, str]:
        """Name -> digest of every model this config makes the stage use."""
        function = getattr(self.module(), "models", None)
        return function(config, services) if function else {}

    def switched_off(self, config: StageConfig, services: Services) -> str | None:
        """Why somebody does not want this stage to run, or None when nobody minds."""
        if not self.skippable:
            return None
        if self.name in services.disabled_reasons:
            return services.disabled_reasons[self.name]
        return None if config.enabled else "switched off in the configuration"  # type: ignore[attr-defined]

    def reason_to_skip(self, config: StageConfig, services: Services) -> str | None:
        """Why this stage does not run with this config here, or None when it does."""
        if (off := self.switched_off(config, services)) is not None:
            return off
        function = getattr(self.module(), "reason_to_skip", None)
        return function(config, services) if self.skippable and function else None
