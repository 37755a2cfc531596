"""`mpr profiles`: the ways of running the pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import many

if TYPE_CHECKING:
    from mpr_core.profiles.library import ProfileLibrary

app = typer.Typer(help="Profiles: which stages run, with which knobs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_command(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the profiles: those that ship with MPR and your own."""
    from mpr_dagster.home import Home

    library = Home().profiles
    found = [_listed(library, name, origin) for name, origin in library.names().items()]
    if as_json:
        print_json(found)
        return
    rows = table("profile", "from", "", whole=("profile",))
    for profile in found:
        broken = f"not valid: mpr profiles validate {profile['name']}"
        rows.add_row(profile["name"], profile["from"], profile.get("description", broken))
    show(rows)


def _listed(library: ProfileLibrary, name: str, origin: str) -> dict[str, str]:
    """One profile; one of the user's that does not load must not hide the others."""
    from mpr_core.errors import ConfigError

    listed = {"name": name, "from": origin if origin == "shipped" else "you"}
    try:
        return listed | {"description": library.load(name).description}
    except ConfigError as error:
        return listed | {"error": f"{error.what}: {error.why}"}


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
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Make a profile of your own from another."""
    from mpr_dagster.home import Home

    path = Home().profiles.copy(source, name)
    if as_json:
        print_json({"profile": name, "path": str(path)})
        return
    say(f"written: {path}", whole=True)
    say(f"edit it, then: mpr profiles validate {name}", whole=True)


@app.command("validate")
def validate_command(
    name: Annotated[str, typer.Argument(help="Name of a profile, or path of a YAML file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a profile: every stage, field and value."""
    from mpr_core.profiles.library import read_profile_file
    from mpr_core.profiles.profile import parse_profile
    from mpr_dagster.home import Home

    is_file = Path(name).suffix in (".yaml", ".yml")
    profile = parse_profile(read_profile_file(Path(name)), name) if is_file else Home().profiles.load(name)
    if as_json:
        print_json(profile.model_dump(mode="json"))
        return
    brands = "no brand list of its own" if profile.brands is None else many(len(profile.brands), "brand")
    off = [stage for stage, on in profile.pipeline.stages.items() if not on]
    say(f"{profile.name}: valid, {brands}, " + (f"without {', '.join(off)}" if off else "all stages on"))
