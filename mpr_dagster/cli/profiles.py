"""`mpr profiles`: the ways of running the pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from mpr_dagster.cli.screen import console, print_json, table

app = typer.Typer(help="Profiles: which stages run, with which knobs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_command(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the profiles: those that ship with MPR and your own."""
    from mpr_dagster.home import Home

    library = Home().profiles
    found = [{"name": n, "from": f, "description": library.load(n).description} for n, f in library.names().items()]
    if as_json:
        print_json(found)
        return
    rows = table("profile", "from", "")
    for profile in found:
        rows.add_row(profile["name"], profile["from"], profile["description"])
    console.print(rows)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="Name of the profile.")],
    run_config: Annotated[
        bool, typer.Option("--run-config", help="As a Dagster run config (for dagster job launch -c).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print a profile."""
    from mpr_dagster.home import Home

    library = Home().profiles
    profile = library.load(name)
    document = profile.run_config() if run_config else profile.model_dump(mode="json")
    if as_json:
        print_json(document)
    elif run_config:
        print(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), end="")
    else:
        print(library.text(name), end="")


@app.command("copy")
def copy_command(
    source: Annotated[str, typer.Argument(help="Profile to start from.")],
    name: Annotated[str, typer.Argument(help="Name of your own profile.")],
) -> None:
    """Make a profile of your own from another."""
    from mpr_dagster.home import Home

    console.print(f"{Home().profiles.copy(source, name)}: edit it, then mpr profiles validate {name}", soft_wrap=True)


@app.command("validate")
def validate_command(name: Annotated[str, typer.Argument(help="Name of a profile, or path of a YAML file.")]) -> None:
    """Check a profile: every stage, field and value."""
    from mpr_core.errors import InputError
    from mpr_core.profiles.profile import parse_profile
    from mpr_dagster.home import Home

    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise InputError("no such file", where=name, why="nothing is there", remedy="check the path")
        profile = parse_profile(path.read_text(encoding="utf-8"), name)
    else:
        profile = Home().profiles.load(name)
    brands = "no brand list" if profile.brands is None else f"{len(profile.brands)} brands"
    console.print(f"{profile.name}: valid, {brands}")
