"""`mpr`: the commands put together, and errors turned into words and exit codes."""

from __future__ import annotations

import json
import sys
import traceback

import typer
from typer import Abort, Exit
from typer.exceptions import TyperException

from mpr_core.errors import MprError
from mpr_dagster.cli import brands, demo, ingest, profiles, report, run, stages, synth, timelines, ui

app = typer.Typer(
    help="Find brands, logos and text in video: when each was on screen, how large, how clear, with evidence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("ingest")(ingest.ingest_command)
app.command("run")(run.run_command)
app.command("report")(report.report_command)
app.command("timelines")(timelines.timelines_command)
app.command("timeline")(timelines.timeline_command)
app.command("stages")(stages.stages_command)
app.add_typer(profiles.app, name="profiles")
app.add_typer(brands.app, name="brands")
app.command("synth")(synth.synth_command)
app.command("ui")(ui.ui_command)
app.command("demo")(demo.demo_command)


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error (may stand anywhere)."),
) -> None:
    """Options of every command."""


def main() -> None:
    """Run one command line. Exit codes: 0 done, 2 the user's mistake, 1 ours or the machine's, 130 interrupted."""
    arguments = sys.argv[1:]
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    as_json = "--json" in arguments
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="mpr", standalone_mode=False)
    except MprError as error:
        code = _say(error.exit_code, error.what, error.where, error.why, error.remedy, as_json)
    except Exit as error:
        code = error.exit_code
    except TyperException as error:
        usage = getattr(error, "ctx", None)
        remedy = f"{usage.command_path} --help" if usage is not None else "mpr --help"
        code = _say(2, "cannot read the command line", "", error.format_message(), remedy, as_json)
    except (KeyboardInterrupt, Abort):
        code = _say(130, "interrupted", "", "", "run the same command again: finished segments are kept", as_json)
    except Exception as error:  # the last net: anything not foreseen is our mistake, said without a wall of text
        code = _say(
            1,
            "something unforeseen went wrong",
            type(error).__name__,
            str(error),
            "run again with --debug and report it",
            as_json,
        )
    else:
        code = code if isinstance(code, int) else 0
    if debug and code and sys.exc_info()[0] is None and _last:
        traceback.print_exception(_last[-1])
    sys.exit(code)


_last: list[BaseException] = []


def _say(code: int, what: str, where: str, why: str, remedy: str, as_json: bool) -> int:
    current = sys.exc_info()[1]
    if current is not None:
        _last.append(current)
    if as_json:
        print(json.dumps({"error": {"what": what, "where": where, "why": why, "do": remedy, "exit_code": code}}))
    lines = [f"mpr: {what}" + (f": {where}" if where else "")]
    lines += [f"  why: {why}"] if why else []
    lines += [f"  do:  {remedy}"] if remedy else []
    print("\n".join(lines), file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
