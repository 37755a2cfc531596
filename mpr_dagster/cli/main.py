"""`mpr`: the commands put together. How their errors are said and which exit code they have: `failures`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from mpr_dagster.cli import (
    brands,
    checkpoints,
    chunk,
    control,
    demo,
    diff,
    doctor,
    events,
    gc,
    ingest,
    labels,
    launch,
    ledger,
    overlay,
    profiles,
    promote,
    replay,
    report,
    run,
    sources,
    stages,
    synth,
    timelines,
    ui,
    why,
)
from mpr_dagster.cli.failures import leave_on

_INTERRUPTED = 130  # what Typer returns for Ctrl-C

app = typer.Typer(
    help="Find brands, logos and text in video: when each was on screen, how large, how clear, with evidence.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("ingest", short_help="Put video files into a timeline.")(ingest.ingest_command)
app.command("chunk", short_help="Cut a long source into chunks.")(chunk.chunk_command)
app.command("sources", short_help="List source video and who uses it.")(sources.sources_command)
app.command("run", short_help="Run a timeline through the stages.")(run.run_command)
app.command("launch", short_help="Put runs into the queue of the instance.")(launch.launch_command)
app.command("replay", short_help="Run a stage again with another knob.")(replay.replay_command)
app.command("retry", short_help="Go on with a run that did not finish.")(replay.retry_command)
app.command("checkpoints", short_help="Show every result of a timeline as a tree.")(checkpoints.checkpoints_command)
app.command("promote", short_help="Make a branch the one the timeline stands at.")(promote.promote_command)
app.command("label", short_help="Name a node.")(labels.label_command)
app.command("scenarios", short_help="List the named nodes to replay from.")(labels.scenarios_command)
app.command("gc", short_help="Delete results that nothing needs any more.")(gc.gc_command)
app.command("events", short_help="What a run says, as JSON lines.")(events.events_command)
app.command("ledger", short_help="What models were asked, and what it cost.")(ledger.ledger_command)
app.command("status", short_help="Show where runs are.")(control.status_command)
app.command("pause", short_help="Hold a run.")(control.pause_command)
app.command("resume", short_help="Let a paused run go on.")(control.resume_command)
app.command("step", short_help="Let a run go on for one stage.")(control.step_command)
app.command("pause-after", short_help="Hold a run before every next stage.")(control.pause_after_command)
app.command("stop", short_help="End a run; what is finished is kept.")(control.stop_command)
app.command("clear", short_help="Drop what a run that is over keeps of itself.")(control.clear_command)
app.command("report", short_help="Show when each brand was on screen.")(report.report_command)
app.command("overlay", short_help="Draw what a stage saw onto its frames.")(overlay.overlay_command)
app.command("diff", short_help="Hold two nodes of a timeline against each other.")(diff.diff_command)
app.command("why", short_help="Say why a brand was, or was not, found at a second.")(why.why_command)
app.command("timelines", short_help="List the timelines.")(timelines.timelines_command)
app.command("timeline", short_help="Show one timeline, or delete its cache.")(timelines.timeline_command)
app.command("stages", short_help="List the stages and their knobs.")(stages.stages_command)
app.add_typer(profiles.app, name="profiles", short_help="List, show, copy and check profiles.")
app.add_typer(brands.app, name="brands", short_help="Decide about names that runs found; brand files.")
app.command("synth", short_help="Draw a film whose truth is known.")(synth.synth_command)
app.command("doctor", short_help="Check that everything MPR needs is there.")(doctor.doctor_command)
app.command("demo", short_help="Everything at once, on footage drawn here.")(demo.demo_command)
app.command("ui", short_help="Open the Dagster UI on this machine.")(ui.ui_command)


@app.callback(no_args_is_help=True)
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error (may stand anywhere)."),
) -> None:
    """Options of every command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit.

    0 done, 2 the user's mistake, 3 the run was left because someone asked for it, 1 ours or the machine's, 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    words = [word for word in given if word != "--debug"]
    with leave_on(debug="--debug" in given, as_json="--json" in given):
        code = typer.main.get_command(app).main(words, prog_name="mpr", standalone_mode=False)
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
    sys.exit(code if isinstance(code, int) else 0)
