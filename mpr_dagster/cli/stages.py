"""`mpr stages`: the eleven stages and their knobs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mpr_dagster.cli.screen import console, print_json, table


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
    rows = table("", "stage", "may be skipped", "does", right=("",))
    for number, stage in enumerate(STAGES.values(), 1):
        rows.add_row(str(number), f"[bold]{stage.name}[/]", "yes" if stage.skippable else "", stage.summary)
    console.print(rows)
    if not verbose:
        console.print(
            "mpr stages --verbose lists every knob (set one with mpr run ID --set stage.field=value)", style="dim"
        )
        return
    for stage in STAGES.values():
        console.print(f"\n[bold]{stage.name}[/]")
        knobs = table("  knob", "default", "range", "")
        for name, schema in stage.config.model_json_schema()["properties"].items():
            default = stage.config.model_fields[name].get_default(call_default_factory=True)
            knobs.add_row(f"  {name}", _value(default), _range(schema), schema.get("description", ""))
        console.print(knobs, markup=False)


def _value(value: Any) -> str:
    return "[]" if value == () else str(value)


def _range(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    signs = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
    return " ".join(f"{sign}{schema[key]:g}" for key, sign in signs.items() if key in schema)
