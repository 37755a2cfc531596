"""`mpr checkpoints`: the tree of a timeline's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import console, print_json, say
from mpr_dagster.wording import many

if TYPE_CHECKING:
    from mpr_core.lineage.documents import TimelineDocuments
    from mpr_core.lineage.tree import CheckpointTree, TreeEntry
    from mpr_dagster.home import Home


def checkpoints_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    stage: Annotated[
        str | None, typer.Option("--stage", help="Only this stage's nodes, and what leads to them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show the checkpoint tree: every result of every stage, what sets it apart, and which of them the timeline stands at."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.documents import timeline_documents
    from mpr_core.profiles.profile import check_stage_name
    from mpr_dagster.home import Home

    if stage is not None:
        check_stage_name(stage, "--stage")
    home = Home()
    catalog = Catalog(home.media_out())
    catalog.timeline(timeline)
    found = timeline_documents(catalog, timeline)
    tree, unsure = _tree(home, found)
    notes = [f"not shown, it cannot be read: {key} ({why})" for key, why in found.broken.items()] + [unsure] * bool(
        unsure
    )
    if as_json:
        print_json(_document(tree, stage, notes))
        return
    _draw(tree, stage)
    for note in notes:
        say(note, style="yellow")


def _tree(home: Home, found: TimelineDocuments) -> tuple[CheckpointTree, str]:
    from mpr_core.lineage.tree import checkpoint_tree
    from mpr_dagster.stale_heads import stale_heads

    by_id = {node.id: node for node in found.nodes}
    assert found.timeline is not None  # it was read before
    heads = {stage: by_id.get(identity) for stage, identity in found.heads.items()}
    stale, unsure = stale_heads(home, found.timeline, heads)
    return checkpoint_tree(found.id, found.nodes, heads=found.heads, labels=found.labels, stale=stale), unsure


def _draw(tree: CheckpointTree, stage: str | None) -> None:
    from mpr_dagster.cli.checkpoint_rows import stage_lines, tree_lines

    shown = [entry for entry in tree.entries if stage is None or entry.stage == stage]
    reports = sum(entry.stage == "compile_report" for entry in shown)
    counted = many(len(shown), "node") + (f", {many(reports, 'report')}" if stage is None else f" of {stage}")
    say(f"timeline {tree.timeline}: {counted if shown else 'no nodes'}")
    if not shown:
        say(f"nothing was computed yet: mpr run {tree.timeline}", whole=True)
        return
    width = console().width
    say("")
    for line in tree_lines(tree, width) if stage is None else stage_lines(tree, stage, width):
        console().print(line, soft_wrap=True)
    if any(entry.stale for entry in shown):
        say(f"\nstale: a plain run would give another result; mpr run {tree.timeline} brings the heads up to date")


def _document(tree: CheckpointTree, stage: str | None, notes: list[str]) -> dict[str, Any]:
    """The tree as JSON: ids and keys, no pictures and no tables."""

    def entry(found: TreeEntry) -> dict[str, Any]:
        written = found.model_dump(mode="json")
        written["differs"] = [d.model_dump(mode="json") | {"words": d.words} for d in found.differs]
        if stage is not None:
            written["leading_to_it"] = [
                {"stage": e.stage, "node": e.node, "differs": [d.words for d in e.differs]}
                for e in tree.leading_to(found)
            ]
        return written | {"cached": found.cached, "children": [child.node for child in tree.children(found)]}

    return {
        "timeline": tree.timeline,
        "nodes": [entry(found) for found in tree.entries if stage is None or found.stage == stage],
        "heads": {found.stage: found.node for found in tree.entries if found.is_head},
        "notes": notes,
    }
