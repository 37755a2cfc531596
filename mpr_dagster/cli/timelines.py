"""`mpr timelines`, `mpr timeline`: what there is, where each stage stands, and deleting what can be computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import clock, console, print_json, size, table

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog


def timelines_command(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the timelines."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.stages.registry import STAGES
    from mpr_dagster.home import Home

    catalog = Catalog(Home().media_out())
    rows = table("timeline", "chunks", "length", "profile", "brands", "stages", right=("chunks", "length", "brands"))
    found = []
    for name in catalog.timelines():
        timeline = catalog.timeline(name)
        heads = sum(1 for stage in STAGES if catalog.head(name, stage) is not None)
        brands = None if timeline.brands is None else len(timeline.brands)
        found.append(
            {
                "timeline": name,
                "chunks": len(timeline.chunks),
                "duration_s": round(float(timeline.duration_s), 3),
                "profile": timeline.profile,
                "brands": brands,
                "stages_run": heads,
            }
        )
        listed = "profile's" if brands is None else str(brands)
        length = clock(float(timeline.duration_s))
        rows.add_row(name, str(len(timeline.chunks)), length, timeline.profile, listed, f"{heads}/{len(STAGES)}")
    if as_json:
        print_json(found)
    elif found:
        console.print(rows)
    else:
        console.print("no timelines yet: mpr ingest VIDEO --timeline ID")


def timeline_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    delete_cache: Annotated[
        bool,
        typer.Option("--delete-cache", help="Delete its frames, parts, nodes and reports; chunks and settings stay."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show one timeline, or delete what was computed for it."""
    from mpr_core.lineage.cache import delete_cache as delete
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home

    catalog = Catalog(Home().media_out())
    if delete_cache:
        gone = delete(catalog, timeline)
        if as_json:
            print_json({"timeline": timeline, "deleted_objects": gone.objects, "deleted_bytes": gone.size_bytes})
        else:
            console.print(
                f"{timeline}: {gone.objects} objects deleted, {size(gone.size_bytes)}; run it again with mpr run {timeline}"
            )
        return
    _show(catalog, timeline, as_json)


def _show(catalog: Catalog, name: str, as_json: bool) -> None:
    from mpr_core.stages.registry import STAGES

    timeline = catalog.timeline(name)
    heads = {stage: catalog.head(name, stage) for stage in STAGES}
    if as_json:
        document = timeline.model_dump(mode="json")
        document["heads"] = {
            s: None if n is None else n.model_dump(mode="json", exclude={"parts"}) for s, n in heads.items()
        }
        print_json(document)
        return
    listed = "the profile's" if timeline.brands is None else f"{len(timeline.brands)} of its own"
    console.print(
        f"timeline [bold]{name}[/]: {clock(float(timeline.duration_s))}, profile {timeline.profile}, brand list: {listed}"
    )
    chunks = table("starts", "length", "video", "size", "chunk", "", right=("starts", "length"))
    for chunk, start in zip(timeline.chunks, timeline.starts_s(), strict=True):
        damage = f"damaged: {chunk.probe.damage_reason}" if chunk.probe.damaged_from_s is not None else ""
        video = f"{chunk.probe.codec} {chunk.probe.width_px}x{chunk.probe.height_px}"
        chunks.add_row(
            clock(float(start)), clock(float(chunk.duration_s)), video, size(chunk.size_bytes), chunk.key, damage
        )
    console.print(chunks)
    stages = table("stage", "status", "node", "parts", "computed in", "found", right=("parts", "computed in"))
    for stage, node in heads.items():
        if node is None:
            stages.add_row(stage, "never ran", "", "", "", "")
            continue
        counts = node.reason or ", ".join(f"{v:g} {n.replace('_', ' ')}" for n, v in node.counts.items())
        stages.add_row(stage, node.status, node.id, str(len(node.parts)), f"{node.provenance.compute_s:.1f} s", counts)
    console.print(stages)
