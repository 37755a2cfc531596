"""A stage's config model as a Dagster config schema: the same fields, all optional, with their descriptions, ranges and defaults."""

from __future__ import annotations

import types
from fractions import Fraction
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import dagster as dg
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mpr_core.record import StageConfig
from mpr_core.runner.stage import Stage
from mpr_dagster.knobs import allowed, default_of


def config_schema(config: type[StageConfig]) -> dict[str, dg.Field]:
    """Dagster fields for a stage. What a run config leaves out comes from the timeline's profile."""
    return {name: _field(config.__name__, name, info) for name, info in config.model_fields.items()}


def launchpad_config(stage: Stage) -> dg.Field:
    """A stage's knobs as the launchpad offers them: it opens on `config: {}` below the stage's name, ready for a knob.

    Of a plain shape without required fields Dagster scaffolds nothing, so that the name of the stage would have to be known.
    """
    return dg.Field(
        dg.Noneable(dg.Shape(config_schema(stage.config))),
        default_value={},
        description=f"Knobs of {stage.name}. What is left out is as the timeline's profile says.",
    )


def _field(owner: str, name: str, info: FieldInfo) -> dg.Field:
    return dg.Field(
        _type(f"{owner}_{name}", info.annotation),
        is_required=False,
        description=f"{info.description} ({_limits(info)})",
    )


def _limits(info: FieldInfo) -> str:
    """The field's range and default."""
    default = default_of(info)
    known = [allowed(info), f"default {default}" if default else ""]
    return "; ".join(text for text in known if text)


def _type(name: str, annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _type(name, get_args(annotation)[0])
    if origin is Literal:
        return dg.Enum(name, [dg.EnumValue(str(value)) for value in get_args(annotation)])
    if origin in (tuple, list):
        return dg.Array(_type(name, get_args(annotation)[0]))
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return dg.Noneable(_type(name, inner[0]))
    if annotation is Fraction:
        return dg.Any  # a number, or 'num/den' where a decimal would not be exact
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return dg.Shape(
            {
                key: dg.Field(_type(f"{name}_{key}", info.annotation), is_required=info.is_required())
                for key, info in annotation.model_fields.items()
            }
        )
    return {int: int, float: float, bool: bool, str: str}[annotation]
