"""`mpr stages`: the eleven stages and their knobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.knobs import allowed, default_of

if TYPE_CHECKING:
    from mpr_core.runner.stage import Stage


def stages_command(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List every knob with its range and default.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, knobs included.")] = False,
) -> None:
    """List the stages in order."""
    from mpr_core.stages.registry import STAGES

    if as_json:
        print_json(
            [
                {
                    "name": stage.name,
                    "version": stage.version,
                    "summary": stage.summary,
                    "needs": list(stage.needs),
                    "may_be_skipped": stage.skippable,
                    "config": stage.config.model_json_schema()["properties"],
                }
                for stage in STAGES.values()
            ]
        )
        return
    rows = table("", "stage", "", "does", right=("",), whole=("stage",))
    for number, stage in enumerate(STAGES.values(), 1):
        rows.add_row(str(number), Text(stage.name, style="bold"), "○" if stage.skippable else "", stage.summary)
    show(rows)
    say("○ may be switched off: mpr run ID --set STAGE.enabled=false", style="dim", whole=True)
    if verbose:
        for stage in STAGES.values():
            _show_knobs(stage)
    else:
        say("every knob with its range: mpr stages --verbose", style="dim", whole=True)


def _show_knobs(stage: Stage) -> None:
    """A table of the stage's config fields."""
    say(f"\n{stage.name}", style="bold")
    knobs = table("knob", "default", "range", "", whole=("knob", "range"))
    for name, field in stage.config.model_fields.items():
        knobs.add_row(name, default_of(field), allowed(field), field.description)
    show(Padding(knobs, (0, 0, 0, 2)))
