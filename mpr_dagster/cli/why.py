"""`mpr why`: which stage saw what at a place, where a brand was lost, and which knob would have let it pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import print_json, say, show, table

if TYPE_CHECKING:
    from mpr_core.explain.explanation import XYXY, Explanation, Step

_SIGNS = {"saw": "·", "passed": "✓", "cut": "✗", "skipped": "○", "nothing": "-"}
_STYLES = {"cut": "red", "skipped": "dim", "nothing": "dim"}
_SECONDS = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)")


def why_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    brand: Annotated[str, typer.Option("--brand", help="A brand's name or alias, or any name.")],
    at: Annotated[str, typer.Option("--at", metavar="SECONDS", help="Timeline second, or mm:ss.s.")],
    box: Annotated[
        str | None, typer.Option("--box", metavar="X0,Y0,X1,Y1", help="Where in the frame, pixels (default: anywhere).")
    ] = None,
    node: Annotated[
        str | None, typer.Option("--node", help="A node, label or stage (default: the report's head).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say why a brand was, or was not, found at a second: which stage saw what, and which threshold cut it."""
    from mpr_core.explain.explainer import explain
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.references import find_node
    from mpr_core.runner.branch import Branch
    from mpr_dagster.home import Home
    from mpr_dagster.reports import head_node

    at_s, box_px = _seconds(at), _box(box)
    home = Home()
    catalog = Catalog(home.media_out())
    tip = head_node(catalog, timeline) if node is None else find_node(catalog, node, timeline_id=timeline)
    found = explain(Branch(catalog, tip), brand, at_s, box_px, home.inference())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _show(found)


def _show(found: Explanation) -> None:
    from mpr_core.report.clock import clock

    where = "" if found.box_px is None else f" at {','.join(f'{v:g}' for v in found.box_px)}"
    say(f"{found.brand} in {found.timeline} at {clock(found.at_s)}{where}\n", style="bold")
    rows = table("", "stage", "track", "what was seen", right=("track",), whole=("stage",))
    before = ""
    for step in found.steps:
        name = step.stage if step.stage != before else ""
        track = "" if step.track is None else str(step.track)
        rows.add_row(_SIGNS[step.outcome], name, track, step.said, style=_style(step, found))
        before = step.stage
    show(rows)
    say("")
    say(found.verdict, style="bold")
    remedy = found.remedy.removesuffix(found.command) if found.command else found.remedy
    if remedy:
        say(remedy.rstrip())
    if found.command:
        say(f"  {found.command}", whole=True)


def _style(step: Step, found: Explanation) -> str:
    """The cut that counts stands out; other cuts, of things beside it, do not."""
    if step.outcome == "cut" and step.stage != found.stopped_at:
        return ""
    return _STYLES.get(step.outcome, "")


def _seconds(text: str) -> float:
    """Seconds from `83.5`, `1:23.5` or `0:01:23.5`.

    Raises:
        InputError: it is neither.
    """
    from mpr_core.errors import InputError

    match = _SECONDS.fullmatch(text.strip())
    if match is None:
        raise InputError(
            "not a second", where=f"--at {text}", why="seconds or mm:ss.s are read", remedy="as 83.5 or 01:23.5"
        )
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)


def _box(text: str | None) -> XYXY | None:
    """Pixels from `X0,Y0,X1,Y1`.

    Raises:
        InputError: not four numbers, or no box.
    """
    from mpr_core.errors import InputError

    if text is None:
        return None
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "not a box", where=f"--box {text}", why="it is not four numbers", remedy="as 120,40,360,90, in pixels"
        ) from None
    if not (0 <= x0 < x1 < float("inf") and 0 <= y0 < y1 < float("inf")):
        raise InputError(
            "not a box",
            where=f"--box {text}",
            why="left, top, right, bottom are read, the second pair larger than the first",
            remedy="as 120,40,360,90, in pixels",
        )
    return x0, y0, x1, y1
