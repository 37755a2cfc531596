"""`mpr gc`: delete what no head, label or ancestor of one needs; by default only say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mpr_dagster.cli.screen import console, print_json, say, show, table
from mpr_dagster.wording import many, size

if TYPE_CHECKING:
    from mpr_core.lineage.garbage import Collected, GarbagePlan, Heap

_MOST_NAMED = 12
_MOST_HOURS = 1e6  # a century; far beyond it there is no date


def gc_command(
    timelines: Annotated[
        list[str] | None, typer.Argument(help="Ids of timelines (default: all, and what is nobody's).")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete it; without this it is only said.")] = False,
    older_than: Annotated[
        float, typer.Option("--older-than", min=0, max=_MOST_HOURS, metavar="HOURS", help="Keep what is younger.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Delete what no head, label or ancestor of one needs; a timeline with an unfinished or paused run is left alone."""
    from mpr_dagster.garbage_run import collect_garbage
    from mpr_dagster.home import Home
    from mpr_dagster.instance import open_instance

    home = Home()
    with open_instance(home) as instance, _bar(as_json or not delete) as bar:
        task = bar.add_task("deleting", total=None)
        plan, collected = collect_garbage(
            home,
            instance,
            only=timelines or (),
            older_than_h=older_than,
            delete=delete,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    if as_json:
        print_json(_document(plan, collected))
    else:
        _show(plan, collected, timelines or [])


def _bar(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console(), transient=True, disable=quiet or not console().is_terminal)


def _show(plan: GarbagePlan, collected: Collected | None, asked: list[str]) -> None:
    numbers = ("nodes", "parts", "frames", "bytes")
    rows = table("timeline", *numbers, "kept", right=numbers)
    for share in plan.timelines:
        if share.left_alone:
            rows.add_row(share.timeline, "", "", "", "", f"all: {share.left_alone}")
            continue
        named = f", labels {', '.join(share.labels)}" if share.labels else ""
        rows.add_row(
            share.timeline, *_numbers(share.heap), f"{many(share.kept, 'node')}: {many(share.heads, 'head')}{named}"
        )
    if plan.orphans.keys:
        rows.add_row("of no node", *_numbers(plan.orphans), "")
    if plan.timelines or plan.orphans.keys:
        show(rows)
    for share in plan.timelines:
        for stage, identity in share.heap.nodes[:_MOST_NAMED]:
            say(f"- {share.timeline}: {stage} {identity}", style="dim")
        if len(share.heap.nodes) > _MOST_NAMED:
            say(f"- {share.timeline}: and {many(len(share.heap.nodes) - _MOST_NAMED, 'node')} more", style="dim")
    if plan.caution:
        say(f"no part and no frame goes: {plan.caution}", style="yellow")
    _close(plan, collected, asked)


def _close(plan: GarbagePlan, collected: Collected | None, asked: list[str]) -> None:
    """The last line: what was done, or how to do it."""
    what = f"{many(len(plan.keys), 'object')}, {size(plan.size_bytes)}"
    if not plan.keys:
        say("nothing to collect")
    elif collected is None:
        say(f"{what} may go; nothing was deleted: {' '.join(['mpr gc', *asked, '--delete'])}", whole=True)
    elif collected.stopped:
        say(
            f"{collected.objects} of {many(len(plan.keys), 'object')} deleted, then a run of {collected.stopped} began; mpr gc goes on"
        )
    else:
        say(f"{what} deleted")


def _numbers(heap: Heap) -> tuple[str, str, str, str]:
    return str(len(heap.nodes)), str(heap.parts), str(heap.frames), size(heap.size_bytes)


def _document(plan: GarbagePlan, collected: Collected | None) -> dict[str, Any]:
    def heap(found: Heap) -> dict[str, Any]:
        return {
            "nodes": [{"stage": stage, "node": identity} for stage, identity in found.nodes],
            "parts": found.parts,
            "frames": found.frames,
            "overlays": found.overlays,
            "reports": found.reports,
            "objects": len(found.keys),
            "bytes": found.size_bytes,
        }

    return {
        "timelines": [
            {
                "timeline": share.timeline,
                "left_alone": share.left_alone or None,
                "kept": {"nodes": share.kept, "heads": share.heads, "labels": list(share.labels)},
                **heap(share.heap),
            }
            for share in plan.timelines
        ],
        "of_no_node": heap(plan.orphans),
        "objects": len(plan.keys),
        "bytes": plan.size_bytes,
        "caution": plan.caution or None,
        "deleted_objects": 0 if collected is None else collected.objects,
        "stopped_by_run_of": (collected.stopped or None) if collected is not None else None,
    }
