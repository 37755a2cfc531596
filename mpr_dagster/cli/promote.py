"""`mpr promote`: the heads move to a node's branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.node import Node
    from mpr_core.lineage.promote import Promotion


def promote_command(
    node: Annotated[str, typer.Argument(help="The node: its id or the beginning of it, or a label.")],
    timeline: Annotated[str | None, typer.Option("--timeline", help="Id of the timeline (default: any).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Move the heads to a node, to what it rests on, and to what rests on it."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.promote import apply_promotion, promotion_of
    from mpr_core.lineage.references import find_node
    from mpr_core.stages.registry import STAGES
    from mpr_dagster.head_events import state_heads
    from mpr_dagster.home import Home
    from mpr_dagster.instance import open_instance
    from mpr_dagster.stale_heads import stale_heads

    home = Home()
    catalog = Catalog(home.media_out())
    found = find_node(catalog, node, timeline_id=timeline)
    promotion = promotion_of(catalog, found)
    apply_promotion(catalog, promotion)
    with open_instance(home) as instance:  # also when nothing moved: a promotion may have been killed before this
        state_heads(instance, catalog, found.timeline, f"promoted with {found.stage} {found.id}")
    heads = {stage: catalog.head(found.timeline, stage) for stage in STAGES}
    unproposed = _propose(catalog, heads["compile_report"])
    stale, unsure = stale_heads(home, catalog.timeline(found.timeline), heads)
    if as_json:
        print_json(_document(promotion) | {"stale": stale, "notes": [note for note in (unsure, unproposed) if note]})
        return
    _show(promotion, stale)
    for note in filter(None, (unsure, unproposed)):
        say(note, style="yellow")


def _propose(catalog: Catalog, report: Node | None) -> str:
    """The names that the promoted report found, into the brand registry; returns why they could not be."""
    from mpr_core.errors import InputError
    from mpr_dagster.brand_proposals import propose_names

    try:
        if report is not None:
            propose_names(catalog.store, report, report.provenance.run_id)
    except InputError as error:
        return f"the names it found were not proposed: {error.what}: {error.why}"
    return ""


def _show(promotion: Promotion, stale: dict[str, tuple[str, ...]]) -> None:
    node = promotion.node
    say(f"{node.timeline}: {node.stage} {node.id} {'is' if promotion.moves else 'was already'} promoted")
    if promotion.moves:
        rows = table("stage", "head was", "head is", whole=("stage", "head was", "head is"))
        for move in promotion.moves:
            rows.add_row(move.stage, move.before or "none", move.after.id)
        show(rows)
    for stage, reasons in stale.items():
        say(f"stale: {stage}: {'; '.join(reasons)}", style="yellow")
    if promotion.left:
        first = next(iter(promotion.left))
        say(f"bring the rest to it: {_remedy(promotion, first)}", whole=True)
    elif stale:
        say(f"a plain mpr run {node.timeline} would move the heads back to what the profile says", style="dim")


def _remedy(promotion: Promotion, first: str) -> str:
    return f"mpr replay {promotion.node.timeline} --stage {first} --promote"


def _document(promotion: Promotion) -> dict[str, Any]:
    node = promotion.node
    return {
        "timeline": node.timeline,
        "stage": node.stage,
        "node": node.id,
        "moved": [{"stage": m.stage, "from": m.before, "to": m.after.id} for m in promotion.moves],
        "stayed": list(promotion.stays),
        "left": promotion.left,
        "to_run": _remedy(promotion, next(iter(promotion.left))) if promotion.left else None,
    }
