"""`mpr doctor`: whether everything that MPR needs is there, and what to do where it is not."""

from __future__ import annotations

from typing import Annotated

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import many

_STYLES = {"ok": "", "warning": "yellow", "failure": "red"}


def doctor_command(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Check Python, libraries, disk, store, Dagster instance, daemon, inference host and VLM; exits 2 where something has to be mended."""
    from mpr_dagster.doctor.everything import examine
    from mpr_dagster.home import Home

    found = examine(Home())
    failures = sum(one.state == "failure" for one in found)
    warnings = sum(one.state == "warning" for one in found)
    if as_json:
        print_json({"ok": not failures, "checks": [one.model_dump() for one in found]})
    else:
        rows = table("check", "", "found", whole=("check", ""))
        for one in found:
            rows.add_row(one.name, one.state, one.found, style=_STYLES[one.state])
        show(rows)
        for one in found:
            if one.remedy:
                say(f"{one.name}: {one.remedy}", whole=True)
        say("all is well" if not failures + warnings else f"{many(failures, 'failure')}, {many(warnings, 'warning')}")
    if failures:
        raise typer.Exit(2)
