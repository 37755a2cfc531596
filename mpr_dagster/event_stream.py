"""Reading a run's events from a cursor on, to its end: also of a run that was killed or that a webserver started."""

from __future__ import annotations

import fcntl
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg

from mpr_core.errors import InputError
from mpr_core.runner.events import Event, EventLine, EventLog, read_lines
from mpr_dagster.control.dead_runs import close_dead_runs
from mpr_dagster.control.ends import failure_in_words
from mpr_dagster.control.process import process_lives
from mpr_dagster.control.tags import is_cleared
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.run_lookup import UnknownRun, find_run
from mpr_dagster.run_tags import PARTITION_TAG

_READ_EVERY_S = 0.2
_ASK_EVERY_S = 1.0
_LAST_LINE_S = 3.0
_GIVE_UP_S = 60.0
_NEWEST = 50  # what is said of a run from outside when it is ended: a few lines
_STATUS = {
    dg.DagsterRunStatus.SUCCESS: "done",
    dg.DagsterRunStatus.FAILURE: "failed",
    dg.DagsterRunStatus.CANCELED: "interrupted",
}
_LAST_WORDS = {"run_stopped": "stopped", "run_paused": "paused", "run_resumed": "interrupted"}
_WHOLE_ID = 36


class EventStream:
    """One run's events.

    Raises:
        UnknownRun: there is no such run.
        InputError: the cursor is none of this run's, or its events were cleared.
    """

    def __init__(self, home: Home, run: str, cursor: int = 0) -> None:
        self._home, self._stack = home, ExitStack()
        self._instance: dg.DagsterInstance | None = None
        self.run_id = self._found(run)
        self._path = home.events_path(self.run_id)
        self._refuse_cleared()
        self._ended = cursor > 0 and _ends_before(self._path, cursor, self.run_id)
        self.cursor = cursor

    def close(self) -> None:
        self._stack.close()

    def lines(self, follow: bool, wait: Callable[[float], object] = time.sleep) -> Iterator[list[EventLine]]:
        """Lines as they come, some at a time; without `follow` those that are there.

        The last line of a run that is over says so: where the run itself could not, it is written now.
        """
        over, asked = False, -math.inf
        while True:
            found, self.cursor = read_lines(self._path, self.cursor)
            self._ended = self._ended or _has_end(found)
            if found:
                yield found
            elif self._ended:
                return
            elif over:  # it was before the last look at the file, so there is nothing more to come
                if not self._write_end():
                    return
            elif time.monotonic() - asked >= _ASK_EVERY_S:
                over, asked = self._over(), time.monotonic()
            elif follow:
                wait(_READ_EVERY_S)
            else:
                return

    def _over(self) -> bool:
        """Whether nothing more will be written; a run whose process was killed is closed first."""
        instance = self._opened()
        close_dead_runs(instance)
        record = instance.get_run_record_by_id(self.run_id)
        if record is None:  # not begun in Dagster yet, or forgotten there
            return self._path.exists() and time.time() - self._path.stat().st_mtime > _GIVE_UP_S
        ended = record.dagster_run.status in _STATUS
        if ended and process_lives(record.dagster_run):  # it writes its last line itself, right after Dagster's
            return time.time() - (record.end_time or 0) > _LAST_LINE_S
        return ended

    def _write_end(self) -> bool:
        """Write the line that the run did not; of several readers one does. Says whether there is more to read."""
        run = self._opened().get_run_by_id(self.run_id)
        if run is None or self._cleared(run):
            return False
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines, _ = read_lines(self._path)
            if not _has_end(lines):
                _end_half_line(self._path)
                timeline, status = run.tags.get(PARTITION_TAG, ""), _how_it_ended(run.status, lines)
                at = max([self._last_sign_s(), *_said_at(lines)])
                why = "" if _names_failure(lines) else failure_in_words(self._opened(), run)
                end = Event(
                    kind="run_finished", at=at, run_id=self.run_id, timeline=timeline, status=status, message=why
                )
                EventLog(self._path)(end)
        return True

    def _last_sign_s(self) -> float:
        """When the run's own process last told Dagster anything, its end included; what others say of it does not count, being later.

        Where it never did, when Dagster counted it as over. Unix time.
        """
        newest = self._opened().get_records_for_run(self.run_id, limit=_NEWEST, ascending=False).records
        for entry in (record.event_log_entry for record in newest):
            if entry.dagster_event is None or entry.dagster_event.pid is not None:
                return entry.timestamp
        record = self._opened().get_run_record_by_id(self.run_id)
        return record.end_time if record is not None and record.end_time else time.time()

    def _cleared(self, run: dg.DagsterRun) -> bool:
        return is_cleared(run) and not self._path.exists()

    def _refuse_cleared(self) -> None:
        run = None if self._path.exists() else self._opened().get_run_by_id(self.run_id)
        if run is not None and self._cleared(run):
            raise InputError(
                "the run's events are gone",
                where=f"run {self.run_id[:8]}",
                why="mpr clear dropped them",
                remedy=f"mpr status {self.run_id[:8]} says how it ended",
            )

    def _found(self, text: str) -> str:
        """The id of the run that is meant; one that Dagster does not know (yet) may have events all the same."""
        wanted = text.strip().lower()
        if len(wanted) == _WHOLE_ID and self._home.events_path(wanted).exists():
            return wanted
        try:
            return find_run(self._opened(), text).run_id
        except UnknownRun as error:
            begun = [path.name for path in self._home.events_path("").parent.glob("*") if path.name.startswith(wanted)]
            if error.what != "no such run" or len(begun) != 1:
                raise
            return begun[0]

    def _opened(self) -> dg.DagsterInstance:
        if self._instance is None:
            self._instance = self._stack.enter_context(open_instance(self._home))
        return self._instance


def _how_it_ended(status: dg.DagsterRunStatus, lines: Iterable[EventLine]) -> str:
    """Of a run that was cancelled, its last word on why."""
    words = [line.document["kind"] for line in lines if line.document.get("kind") in _LAST_WORDS]
    if status is dg.DagsterRunStatus.CANCELED and words:
        return _LAST_WORDS[words[-1]]
    return _STATUS[status]


def _names_failure(lines: Iterable[EventLine]) -> bool:
    return any(line.document.get("kind") == "stage_failed" for line in lines)


def _said_at(lines: Iterable[EventLine]) -> list[float]:
    return [at for line in lines if isinstance(at := line.document.get("at"), int | float)]


def _has_end(lines: Iterable[EventLine]) -> bool:
    return any(line.document.get("kind") == "run_finished" for line in lines)


def _end_half_line(path: Path) -> None:
    """A writer that was killed may have left half a line; what follows must not be glued to it."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


def _ends_before(path: Path, cursor: int, run_id: str) -> bool:
    """Whether a run's last line lies before a cursor.

    Raises:
        InputError: the cursor is not the end of one of its lines.
    """
    lines, _ = read_lines(path)
    before = [line for line in lines if line.cursor <= cursor]
    if not before or before[-1].cursor != cursor:
        raise InputError(
            "not a cursor of this run",
            where=str(cursor),
            why=f"no line of run {run_id[:8]} ends there",
            remedy="use the `cursor` of a line that `mpr events` printed, or 0 for all",
        )
    return _has_end(before)
