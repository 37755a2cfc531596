"""What commands print with: one console for people, JSON for machines.

In a pipe nothing is folded, cut or coloured, so that `grep` and a log see whole lines; on a terminal text is folded at words, and what
someone may want to copy (a path, a command) is never broken.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 2000


@cache
def console() -> Console:
    """The console of standard output."""
    bounded = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(highlight=False, emoji=False, markup=False, width=None if bounded else _UNBOUNDED)


def say(text: str, *, style: str | None = None, whole: bool = False) -> None:
    """One line or paragraph; `whole` never breaks it, for what holds a path or a command."""
    line = Text(text, style=style or "")
    if whole:
        console().print(line, soft_wrap=True)
    else:
        show(line)


def show(what: RenderableType) -> None:
    """A table or a paragraph; without the spaces that would end its lines."""
    with console().capture() as captured:
        console().print(what)
    lines = captured.get().splitlines()
    print("\n".join(line.rstrip() for line in lines))


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def table(*columns: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = (), title: str | None = None) -> Table:
    """An empty table; columns named in `right` hold numbers, those in `whole` are never folded."""
    made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0), title=title, title_justify="left")
    for name in columns:
        unfolded = name in right or name in whole
        made.add_column(name, justify="right" if name in right else "left", overflow="fold", no_wrap=unfolded)
    return made
