"""`mpr events`: what a run says while it runs, as JSON lines for other programs."""

from __future__ import annotations

import json
import os
import select
import sys
from typing import Annotated

import typer

_INTERRUPTED = 130


def events_command(
    run: Annotated[str, typer.Argument(help="Id of the run, or its beginning.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    cursor: Annotated[
        int, typer.Option(min=0, metavar="N", help="Only what follows the line that has this cursor.")
    ] = 0,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="Only events of this kind; may be repeated.")
    ] = None,
    _as_json: Annotated[bool, typer.Option("--json", help="Changes nothing: every line is JSON.")] = False,
) -> None:
    """Print a run's events, one JSON object a line, each with the cursor to go on from."""
    try:
        _print_events(run, follow, cursor, frozenset(kinds or ()))
    except KeyboardInterrupt:  # the way to leave --follow: no message
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:  # the reader has seen enough; nor must closing standard output complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_events(run: str, follow: bool, cursor: int, kinds: frozenset[str]) -> None:
    from contextlib import closing

    from mpr_dagster.event_stream import EventStream
    from mpr_dagster.home import Home

    _check_kinds(kinds)
    with closing(EventStream(Home(), run, cursor)) as stream:
        for lines in stream.lines(follow, wait=_wait):
            wanted = [line for line in lines if not kinds or line.document.get("kind") in kinds]
            for line in wanted:
                print(json.dumps(line.document | {"cursor": line.cursor}, ensure_ascii=False))
            sys.stdout.flush()


def _check_kinds(kinds: frozenset[str]) -> None:
    import difflib

    from mpr_core.errors import InputError
    from mpr_core.runner.events import EVENT_KINDS

    for kind in sorted(kinds - set(EVENT_KINDS)):
        near = difflib.get_close_matches(kind, EVENT_KINDS, n=1)
        raise InputError(
            "no such kind of event",
            where=f"--kind {kind}",
            why=f"did you mean {near[0]}?" if near else "no run says that",
            remedy=f"the kinds are {', '.join(EVENT_KINDS)}",
        )


def _wait(seconds: float) -> None:
    """Sleep, but notice at once when the reader of a pipe goes away.

    Raises:
        BrokenPipeError: it did.
    """
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # errors are always reported, and nothing else is wanted
    if any(flags & select.POLLERR for _, flags in poll.poll(seconds * 1000)):
        raise BrokenPipeError
