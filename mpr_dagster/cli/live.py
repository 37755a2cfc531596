"""A run as it goes, drawn from its event file: a table that lives on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mpr_core.runner.events import Event, read_events
from mpr_dagster.cli.screen import clock, console, table
from mpr_dagster.run_events import one_line

_SIGNS = {"running": "…", "done": "[green]✓[/]", "cached": "[cyan]=[/]", "skipped": "[dim]–[/]", "failed": "[red]✗[/]"}
_PLAIN_EVERY_S = 5.0


class RunView:
    """Follows one run's events in a thread of its own until closed."""

    def __init__(self, path: Path, stages: tuple[str, ...], quiet: bool) -> None:
        self._path, self._quiet = path, quiet
        self._last: dict[str, Event | None] = dict.fromkeys(stages)
        self._cursor = 0
        self._said = 0.0
        self._stop = threading.Event()
        self._live = (
            Live(self._table(), console=console, refresh_per_second=5) if console.is_terminal and not quiet else None
        )
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> RunView:
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._live:
            self._live.stop()

    def _follow(self) -> None:
        while not self._stop.wait(0.2):
            self._read()
        self._read()

    def _read(self) -> None:
        events, self._cursor = read_events(self._path, self._cursor)
        for event in events:
            if event.stage:
                self._last[event.stage] = event
            if self._live is None and not self._quiet:
                self._print(event)
        if self._live:
            self._live.update(self._table())

    def _print(self, event: Event) -> None:
        """Plain lines: every stage's end, progress now and then."""
        if event.kind == "progress" and time.monotonic() - self._said < _PLAIN_EVERY_S:
            return
        if event.kind in ("progress", "stage_finished"):
            self._said = time.monotonic()
            console.print(one_line(event), markup=False)

    def _table(self) -> Table:
        rows = table("", "stage", "", "segments", "speed", "left", "found", right=("segments", "speed", "left"))
        for stage, event in self._last.items():
            if event is None:
                rows.add_row(" ", Text(stage, style="dim"), "", "", "", "", "")
                continue
            running = event.kind in ("stage_started", "progress")
            bar = ProgressBar(total=max(1, event.segments_total), completed=event.segments_done, width=18)
            speed = f"{event.speed_ratio:.1f}x" if event.speed_ratio else ""
            left = clock(event.eta_s) if running and event.eta_s is not None else ""
            found = ", ".join(f"{v:g} {n.replace('_', ' ')}" for n, v in event.counts.items())
            rows.add_row(
                _SIGNS.get(event.status, " "),
                stage,
                bar,
                f"{event.segments_done}/{event.segments_total}",
                speed,
                left or (f"{event.elapsed_s:.1f} s" if not running else ""),
                Text(
                    event.message.splitlines()[0] if event.message else found,
                    style="dim",
                    overflow="ellipsis",
                    no_wrap=True,
                ),
            )
        return rows
