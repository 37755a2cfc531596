"""A profile, and the effective config of every stage: model defaults, then the profile, then the timeline's brands, then overrides."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import ConfigError
from mpr_core.record import Record, StageConfig, problems_of
from mpr_core.stages.registry import STAGE_NAMES, STAGES

Overrides = Mapping[str, Mapping[str, Any]]
"""stage -> field -> value"""


class Pipeline(Record):
    """Which of the stages that may be skipped run, and what becomes of them without their inference host."""

    stages: dict[str, bool] = Field(default_factory=dict, description="stage -> on or off; not named: on")
    in_process_after_s: float | None = Field(
        default=None,
        ge=0,
        description="after so long without its inference host a stage is done in-process; null: it waits, then fails",
    )


class Profile(Record):
    """A named way of running the pipeline."""

    format: Literal["mpr.profile/1"] = "mpr.profile/1"
    name: str
    description: str = ""
    pipeline: Pipeline = Pipeline()
    configs: dict[str, dict[str, Any]] = Field(default_factory=dict, description="stage -> field -> value")
    brands: tuple[Brand, ...] | None = Field(default=None, description="brand list; None: the timeline's own")

    def given(self, brands: Sequence[Brand] | None = None) -> dict[str, dict[str, Any]]:
        """Every field the profile sets, by stage; `brands` of a timeline stand in for the profile's own."""
        given = {name: dict(self.configs.get(name, {})) for name in STAGE_NAMES}
        for name, on in self.pipeline.stages.items():
            given[name]["enabled"] = on
        chosen = self.brands if brands is None else brands
        if chosen is not None:
            given["match_brands"]["brands"] = [brand.model_dump(mode="json") for brand in chosen]
        return {name: fields for name, fields in given.items() if fields}

    def run_config(self) -> dict[str, Any]:
        """The profile as a Dagster run config: every field of every stage, so that it means the same on any timeline.

        Only the brand list is left to the timeline when the profile has none.
        """
        configs = effective_configs(self, None, {})
        ops = {name: readable_config(config) for name, config in configs.items()}
        if self.brands is None:
            ops["match_brands"].pop("brands")
        return {"ops": {name: {"config": fields} for name, fields in ops.items()}}


def parse_profile(text: str, where: str) -> Profile:
    """A profile from YAML, every field of every stage checked.

    Raises:
        ConfigError: not YAML, an unknown stage or field, a value out of range; the message names each with its path.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError("not YAML", where=where, why=yaml_problem(error), remedy="mend the syntax there") from error
    if not isinstance(document, dict):
        raise ConfigError(
            "not a profile", where=where, why="the file holds no mapping", remedy="see mpr profiles show generic"
        )
    try:
        profile = Profile.model_validate(document)
    except ValidationError as error:
        raise ConfigError(
            "the profile is not valid", where=where, why=problems_of(error, ()), remedy="see mpr profiles show generic"
        ) from error
    for name in [*profile.configs, *profile.pipeline.stages]:
        check_stage_name(name, where)
    unskippable = [n for n, on in profile.pipeline.stages.items() if not on and not STAGES[n].skippable]
    if unskippable:
        raise ConfigError(
            "these stages cannot be switched off",
            where=f"{where}: pipeline.stages",
            why=f"{', '.join(unskippable)}: every report needs them",
            remedy=f"only these can be: {', '.join(n for n, s in STAGES.items() if s.skippable)}",
        )
    effective_configs(profile, None, {}, where=where)
    return profile


def effective_configs(
    profile: Profile, brands: Sequence[Brand] | None, overrides: Overrides, where: str = "run config"
) -> dict[str, StageConfig]:
    """The config of every stage.

    Args:
        brands: the timeline's brand list; None: the profile's.
        overrides: stage -> field -> value, over everything else.
    Raises:
        ConfigError: an unknown stage or field, or a value that does not fit; all problems at once.
    """
    for name in overrides:
        check_stage_name(name, where)
    given = profile.given(brands)
    configs: dict[str, StageConfig] = {}
    problems: list[str] = []
    for name, stage in STAGES.items():
        fields = given.get(name, {}) | dict(overrides.get(name, {}))
        try:
            configs[name] = stage.config.model_validate(fields)
        except ValidationError as error:
            problems.append(problems_of(error, (name,), list(stage.config.model_fields)))
    if problems:
        raise ConfigError(
            "the configuration is not valid",
            where=where,
            why="; ".join(problems),
            remedy="mpr stages --verbose lists every field with its range",
        )
    return configs


def config_of(stage: str, fields: Mapping[str, Any], where: str) -> StageConfig:
    """One stage's config from all its fields.

    Raises:
        ConfigError: an unknown field, or a value that does not fit.
    """
    kind = STAGES[stage].config
    try:
        return kind.model_validate(dict(fields))
    except ValidationError as error:
        raise ConfigError(
            "the configuration is not valid",
            where=where,
            why=problems_of(error, (stage,), list(kind.model_fields)),
            remedy="mpr stages --verbose lists every field with its range",
        ) from error


def config_changes(effective: StageConfig, base: StageConfig) -> dict[str, Any]:
    """The fields of `effective` that differ from `base`, as JSON values."""
    now, before = effective.model_dump(mode="json"), base.model_dump(mode="json")
    return {name: value for name, value in now.items() if value != before[name]}


def check_stage_name(name: str, where: str) -> None:
    """Refuse a stage that does not exist, naming the nearest one."""
    if name in STAGES:
        return
    near = difflib.get_close_matches(name, STAGE_NAMES, n=1)
    raise ConfigError(
        "no such stage",
        where=f"{where}: {name}",
        why=f"did you mean {near[0]}?" if near else f"the stages are {', '.join(STAGE_NAMES)}",
        remedy="mpr stages lists them",
    )


def yaml_problem(error: yaml.YAMLError) -> str:
    """What is wrong with a YAML text and where, in one line."""
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return place + str(getattr(error, "problem", None) or " ".join(str(error).split()))


def readable_config(config: BaseModel) -> dict[str, Any]:
    """A config as plain YAML values, every field by name."""
    return {name: _readable(value) for name, value in config}


def _readable(value: Any) -> Any:
    """Plain YAML values; an exact fraction as a whole number where it is one, else as 'num/den'."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, BaseModel):
        return readable_config(value)
    return [_readable(entry) for entry in value] if isinstance(value, list | tuple) else value
