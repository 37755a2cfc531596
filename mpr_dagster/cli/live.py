"""A run as it goes, drawn from its event file: a table that lives on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

from rich.console import RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mpr_core.runner.events import Event, read_events
from mpr_dagster.cli.screen import console, say, table
from mpr_dagster.wording import event_in_words, first_line, found_in_words, speed_in_words

_SIGNS = {"done": ("✓", "green"), "cached": ("=", "cyan"), "skipped": ("–", "dim"), "failed": ("✗", "red")}
_STAGE_KINDS = (
    "stage_started",
    "progress",
    "stage_finished",
    "stage_failed",
    "run_paused",
    "run_resumed",
    "run_stopped",
)
_CONTROL_SIGNS = {"run_paused": ("‖", "yellow"), "run_stopped": ("■", "yellow")}
_AT_WORK = ("stage_started", "progress", "run_resumed")
_PLAIN_EVERY_S = 5.0
_BAR_FROM_COLUMNS = 100
_READ_EVERY_S = 0.2
_READ_EVERY_WHILE_PAUSED_S = 1.0


class RunView:
    """Follows one run's events in a thread of its own until closed."""

    def __init__(self, path: Path, stages: tuple[str, ...], quiet: bool) -> None:
        self._path, self._quiet = path, quiet
        self._last: dict[str, Event | None] = dict.fromkeys(stages)
        self._began: dict[str, float] = {}
        self._spinner = Spinner("dots", style="yellow")
        self._cursor = 0
        self._said = 0.0
        self._over = threading.Event()
        live = console().is_terminal and not quiet
        # Drawn when the events were read: a timer of its own would go on drawing while the run is paused.
        self._live = Live(get_renderable=self._table, console=console(), auto_refresh=False) if live else None
        self._paused: set[str] = set()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> RunView:
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._live:
            self._live.stop()

    def _follow(self) -> None:
        while not self._over.wait(_READ_EVERY_WHILE_PAUSED_S if self._paused else _READ_EVERY_S):
            self._read()
        self._read()

    def _read(self) -> None:
        events, self._cursor = read_events(self._path, self._cursor)
        for event in events:
            if event.kind == "log":
                self._warn(event)
                continue
            if event.kind == "run_paused":
                self._paused.add(event.stage)
            else:
                self._paused.discard(event.stage)
            if event.stage and event.kind in _STAGE_KINDS:
                self._began.setdefault(event.stage, event.at)
                self._last[event.stage] = event
            if self._live is None and not self._quiet:
                self._print(event)
        if self._live and (events or not self._paused):
            self._live.refresh()

    def _warn(self, event: Event) -> None:
        """A warning stays above the table; plain log lines are for `mpr events`."""
        if event.level == "warning" and not self._quiet:
            say(event_in_words(event), style="yellow", whole=self._live is None)

    def _print(self, event: Event) -> None:
        """Plain lines: every stage's end, progress now and then."""
        line = event_in_words(event)
        if not line or event.kind == "stage_started":
            return
        if event.kind == "progress" and time.monotonic() - self._said < _PLAIN_EVERY_S:
            return
        self._said = time.monotonic()
        say(line, whole=True)

    def _table(self) -> Table:
        wide = console().width >= _BAR_FROM_COLUMNS
        bar = ["progress"] if wide else []
        rows = table(
            "", "stage", *bar, "parts", "speed", "time", "found", right=("parts", "speed", "time"), whole=("stage",)
        )
        for stage, event in self._last.items():
            if event is None:
                rows.add_row("", Text(stage, style="dim"))
            else:
                bars = [_bar(event)] if wide else []
                rows.add_row(self._sign(event), stage, *bars, *self._figures(event), _found(event))
        return rows

    def _sign(self, event: Event) -> RenderableType:
        if event.kind in _AT_WORK:
            return self._spinner
        if event.kind in _CONTROL_SIGNS:
            sign, style = _CONTROL_SIGNS[event.kind]
            return Text(sign, style=style)
        sign, style = _SIGNS.get(event.status, ("", ""))
        return Text(sign, style=style)

    def _figures(self, event: Event) -> tuple[str, str, str]:
        """Parts, speed and time: of a running stage the time that is left, once it is known."""
        parts = f"{event.segments_done}/{event.segments_total}" if event.segments_total else ""
        speed = speed_in_words(event.speed_ratio) if event.speed_ratio and event.status != "skipped" else ""
        if event.kind == "stage_finished":
            return parts, speed, f"{event.elapsed_s:.1f} s" if event.status == "done" else ""
        if event.kind == "progress" and event.eta_s is not None:
            return parts, speed, f"{event.eta_s:.0f} s left"
        running = event.kind in _AT_WORK
        return parts, speed, f"{time.time() - self._began[event.stage]:.0f} s" if running else ""


def _bar(event: Event) -> RenderableType:
    if event.status in ("skipped", "failed"):
        return ""
    return ProgressBar(total=max(1, event.segments_total), completed=event.segments_done, width=16)


def _found(event: Event) -> Text:
    """One line that is cut where the terminal ends; the whole of it stands in `mpr timeline ID`."""
    words = first_line(event.message) if event.kind in ("stage_failed", "run_stopped") else ""
    if event.kind == "run_paused":
        words = f"paused; {event.message}"
    if event.kind == "progress":
        words = event.message
    if event.kind == "stage_finished":
        words = found_in_words(event.status, event.message, event.counts)
        words = f"unchanged, {words}" if event.status == "cached" else words
    return Text(words, style="red" if event.kind == "stage_failed" else "dim", overflow="ellipsis", no_wrap=True)
