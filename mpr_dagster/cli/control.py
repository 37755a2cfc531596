"""`mpr stop`, `pause`, `resume`, `step`, `pause-after`, `status` and `clear`: what can be done with a run while it goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import duration_in_words, size, speed_in_words

if TYPE_CHECKING:
    import dagster as dg

    from mpr_dagster.control.requests import Asked
    from mpr_dagster.control.status import RunStatus
    from mpr_dagster.home import Home

_Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, or the beginning of it.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]

_PENDING = {
    "stop": "asked to stop: it does at the end of its segment",
    "pause": "asked to pause: it does at the end of its segment",
    "run": "asked to go on",
    "step": "asked to go on for one stage",
}


def stop_command(run: _Run, as_json: _Json = False) -> None:
    """End a run between two segments; what is finished is kept, and `mpr retry` goes on from there."""
    from mpr_dagster.control.requests import stop

    with _opened() as (home, instance):
        _tell(home, instance, stop(instance, run), as_json)


def pause_command(run: _Run, as_json: _Json = False) -> None:
    """Hold a run between two segments until `mpr resume`."""
    from mpr_dagster.control.requests import pause

    with _opened() as (home, instance):
        _tell(home, instance, pause(instance, run), as_json)


def step_command(run: _Run, as_json: _Json = False) -> None:
    """Let a run go on to the end of one stage, and hold it before the next."""
    from mpr_dagster.control.requests import step

    with _opened() as (home, instance):
        _tell(home, instance, step(instance, run), as_json)


def pause_after_command(
    run: _Run,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Default: the other way round.")] = None,
    as_json: _Json = False,
) -> None:
    """Switch whether a run is held before every next stage."""
    from mpr_dagster.control.requests import pause_after

    with _opened() as (home, instance):
        asked = pause_after(instance, run, on)
        _tell(
            home,
            instance,
            asked,
            as_json,
            words=f"pause after each stage: {'on' if asked.control.pause_after else 'off'}",
        )


def resume_command(run: _Run, as_json: _Json = False) -> None:
    """Let a paused run go on; if its process is gone, the rest is done as a new run, here."""
    from mpr_dagster.cli.run import run_and_summarise
    from mpr_dagster.control.requests import resume
    from mpr_dagster.retry import prepare_retry

    with _opened() as (home, instance):
        asked = resume(instance, run)
        if asked.outcome != "ended" or asked.run.is_success:
            _tell(home, instance, asked, as_json)
            return
    if not as_json:
        say(f"run {asked.run.run_id[:8]} has ended while it was paused; the rest of it is a new run")
    outcome = run_and_summarise(home, prepare_retry(home, asked.run.run_id), quiet=as_json)
    if as_json:
        print_json(outcome)


def status_command(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Id of a run; without it, all that go on.")] = None,
    as_json: _Json = False,
) -> None:
    """Show where a run is, or which runs go on and which are paused."""
    from mpr_dagster.control.dead_runs import close_dead_runs
    from mpr_dagster.control.status import going_runs, status_of
    from mpr_dagster.run_lookup import find_run

    with _opened() as (home, instance):
        close_dead_runs(instance)
        if run is not None:
            one = status_of(home, instance, find_run(instance, run))
            print_json(one.model_dump(mode="json")) if as_json else _print_status(one)
            return
        several = [status_of(home, instance, found) for found in going_runs(instance)]
    if as_json:
        print_json([one.model_dump(mode="json") for one in several])
    elif several:
        _print_list(several)
    else:
        say("no run goes on, and none is paused")


def clear_command(run: _Run, as_json: _Json = False) -> None:
    """Drop the control marks and the events file of a run that is over; results are never touched."""
    from mpr_dagster.control.requests import clear

    with _opened() as (home, instance):
        cleared, size_bytes = clear(home, instance, run)
    if as_json:
        print_json({"run_id": cleared.run_id, "deleted_bytes": size_bytes})
    else:
        say(f"run {cleared.run_id[:8]}: cleared, {size(size_bytes)} of events; its results stay")


@contextmanager
def _opened() -> Iterator[tuple[Home, dg.DagsterInstance]]:
    from mpr_dagster.home import Home
    from mpr_dagster.instance import open_instance

    home = Home()
    with open_instance(home) as instance:
        yield home, instance


def _tell(home: Home, instance: dg.DagsterInstance, asked: Asked, as_json: bool, words: str = "") -> None:
    """What came of a request: in a line, or as the run's status."""
    from mpr_dagster.control.status import status_of

    status = status_of(home, instance, asked.run)
    if as_json:
        print_json(status.model_dump(mode="json") | {"outcome": asked.outcome})
        return
    if not words:
        pending = asked.outcome == "asked" and asked.control.word
        words = _PENDING[pending] if pending else _where(status)
    say(f"run {status.run_id[:8]}: {words}")
    if (status.commands and asked.outcome != "answered") or status.state == "paused":
        say(f"then: {status.commands[0]}", whole=True)


def _print_status(status: RunStatus) -> None:
    say(f"run {status.run_id}: {_where(status)}")
    asked = f"{status.asked}, not answered yet" if status.asked else ""
    since = f"for {duration_in_words(time.time() - status.paused_since)}" if status.paused_since else ""
    told = {
        "timeline": status.timeline,
        "run type": status.run_type,
        "Dagster": status.dagster_status.lower(),
        "asked": asked,
        "paused": since,
        "pause after each stage": "on" if status.pause_after else "",
        "why": status.why,
        "goes on as": f"run {status.continued_by}" if status.continued_by else "",
        "next": ", ".join(status.commands),
    }
    for name, value in told.items():
        if value:
            say(f"  {name}: {value}", whole=True)


def _print_list(several: list[RunStatus]) -> None:
    rows = table("run", "timeline", "type", "state", "next", whole=("run", "next"))
    for one in several:
        rows.add_row(one.run_id[:8], one.timeline, one.run_type, _where(one), one.commands[0] if one.commands else "")
    show(rows)


def _where(status: RunStatus) -> str:
    """'running, detect_objects 3/12, 2.1x real time, 40 s left'; a stage that had not begun has no segments yet."""
    if status.place:
        return f"{status.state} {status.place}"
    if not status.stage or status.state in ("done", "queued", "starting"):
        return status.state
    done = f" {status.segments_done}/{status.segments_total}" if status.segments_total else ""
    parts = [status.state, f"{status.stage}{done}"]
    if status.speed_ratio:
        parts.append(f"{speed_in_words(status.speed_ratio)} real time")
    if status.eta_s is not None:
        parts.append(f"{status.eta_s:.0f} s left")
    return ", ".join(parts)
