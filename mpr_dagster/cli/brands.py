"""`mpr brands`: brand lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mpr_dagster.cli.screen import print_json, say
from mpr_dagster.wording import many

app = typer.Typer(help="Brand lists.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def brands() -> None:
    """Brand lists."""


@app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(help="Brand list, YAML or JSON.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a brand list: errors stop it, advice does not."""
    from mpr_core.brands.brand_list import check_brand_list, load_brand_file

    found = load_brand_file(file)
    advice = check_brand_list(found)
    if as_json:
        print_json({"brands": [b.model_dump(mode="json") for b in found], "advice": advice})
        return
    say(f"{file}: {many(len(found), 'brand')}, no mistakes" + (", but:" if advice else ""), whole=True)
    for line in advice:
        say(f"- {line}")
