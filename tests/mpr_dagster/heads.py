"""At which nodes a timeline stands: equal for equal work, wherever it was done."""

from __future__ import annotations

from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE


def heads(mpr: CommandLine, timeline: str = TIMELINE) -> dict[str, str]:
    """Stage -> node, of the stages that ran."""
    found = mpr.done("timeline", timeline, "--json").json["heads"]
    return {stage: node["id"] for stage, node in found.items() if node}
