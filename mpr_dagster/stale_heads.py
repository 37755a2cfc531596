"""Which heads of a timeline are stale by what its profile and the environment say now."""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.errors import ConfigError
from mpr_core.lineage.node import Node
from mpr_core.lineage.staleness import stale_reasons
from mpr_core.profiles.profile import effective_configs
from mpr_core.timeline.timeline import Timeline
from mpr_dagster.home import Home

Stale = dict[str, tuple[str, ...]]
"""Stage -> reasons."""


def stale_heads(home: Home, timeline: Timeline, heads: Mapping[str, Node | None]) -> tuple[Stale, str]:
    """The stale heads, and why that cannot be told (the profile is gone or does not load); empty when it can."""
    try:
        profile = home.profiles.load(timeline.profile)
        expected = effective_configs(profile, timeline.brand_list(profile.brands), {})
    except ConfigError as error:
        return {}, f"whether heads are stale is not known: {error.what}: {error.where}"
    return stale_reasons(timeline, heads, expected, home.settings.disabled_reasons()), ""
