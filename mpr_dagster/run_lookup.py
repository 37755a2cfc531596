"""Finding the run that a user means by the beginning of its id."""

from __future__ import annotations

import re

import dagster as dg

from mpr_core.errors import InputError

_LEAST_DIGITS = 4
_MOST_SHOWN = 5
_PAGE = 1000
_WHOLE_ID = 36


class UnknownRun(InputError):
    """A run that is not in this Dagster instance, or a short id that fits several."""


def find_run(instance: dg.DagsterInstance, text: str) -> dg.DagsterRun:
    """The one run whose id begins with a text.

    Raises:
        UnknownRun: none does, or several do; the message names some.
    """
    wanted = text.strip().lower()
    if len(wanted) == _WHOLE_ID and (run := instance.get_run_by_id(wanted)) is not None:
        return run
    if len(wanted) < _LEAST_DIGITS or not re.fullmatch(r"[0-9a-f-]+", wanted):
        why = f"a run's id has digits 0-9 and a-f, and at least {_LEAST_DIGITS} of them are needed"
        raise UnknownRun("not a run", where=text, why=why, remedy=_latest(instance))
    found = [run_id for run_id in _run_ids(instance) if run_id.startswith(wanted)]
    if len(found) > 1:
        shown = ", ".join(run_id[: len(wanted) + 4] for run_id in found[:_MOST_SHOWN])
        raise UnknownRun("fits several runs", where=text, why=shown, remedy="write more of the id")
    run = instance.get_run_by_id(found[0]) if found else None
    if run is None:
        raise UnknownRun("no such run", where=text, why="no run's id here begins with it", remedy=_latest(instance))
    return run


def _run_ids(instance: dg.DagsterInstance) -> list[str]:
    """Ids of all runs, newest first, a page at a time."""
    found: list[str] = []
    while page := instance.get_run_ids(limit=_PAGE, cursor=found[-1] if found else None):
        found += page
    return found


def _latest(instance: dg.DagsterInstance) -> str:
    latest = [run_id[:8] for run_id in instance.get_run_ids(limit=_MOST_SHOWN)]
    return f"the latest runs are {', '.join(latest)}" if latest else "there are no runs yet: mpr run TIMELINE"
