"""`mpr timelines`, `mpr timeline`: what there is, where each stage stands, and deleting what can be computed again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import clock, found_in_words, many, size

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.node import Node
    from mpr_core.timeline.timeline import Timeline
    from mpr_dagster.home import Home


def timelines_command(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the timelines."""
    from mpr_core.errors import FormatMismatch
    from mpr_core.lineage.catalog import Catalog, read_record
    from mpr_core.store import keys
    from mpr_core.timeline.timeline import Timeline
    from mpr_dagster.home import Home

    found: list[dict[str, Any]] = []
    for name, data, stages_run in Catalog(Home().media_out()).each_timeline():
        try:
            found.append(_listed(read_record(Timeline, data, keys.timeline(name)), stages_run))
        except FormatMismatch as error:  # one that cannot be read must not hide the others
            found.append({"timeline": name, "error": f"{error.what}: {error.why}"})
    if as_json:
        print_json(found)
        return
    if not found:
        say("no timelines yet: mpr ingest VIDEO --timeline ID", whole=True)
        return
    rows = table("timeline", "chunks", "length", "profile", "brands", "stages", right=("chunks", "length", "brands"))
    for entry in found:
        if "error" in entry:
            rows.add_row(entry["timeline"], "", "", entry["error"])
            continue
        brands = "profile's" if entry["brands"] is None else str(entry["brands"])
        length = clock(entry["duration_s"])
        stages = f"{entry['stages_run']}/{entry['stages']}"
        rows.add_row(entry["timeline"], str(entry["chunks"]), length, entry["profile"], brands, stages)
    show(rows)


def _listed(timeline: Timeline, stages_run: set[str]) -> dict[str, Any]:
    from mpr_core.stages.registry import STAGES

    return {
        "timeline": timeline.id,
        "chunks": len(timeline.chunks),
        "duration_s": round(float(timeline.duration_s), 3),
        "profile": timeline.profile,
        "brands": None if timeline.brands is None else len(timeline.brands),
        "stages_run": len(stages_run & set(STAGES)),
        "stages": len(STAGES),
    }


def timeline_command(
    timeline: Annotated[str, typer.Argument(help="Id of the timeline.")],
    delete_cache: Annotated[
        bool,
        typer.Option("--delete-cache", help="Delete its frames, parts, nodes and reports; chunks and settings stay."),
    ] = False,
    brands: Annotated[
        Path | None, typer.Option(help="Another brand list from now on; the next run does matching and later again.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Another profile for plain runs from now on.")] = None,
    drop: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Leave this chunk out from now on; the next run computes nothing but what follows from that.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show one timeline, change its brand list, profile or chunks, or delete what was computed for it."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home

    home = Home()
    catalog = Catalog(home.media_out())
    if brands is not None or profile is not None:
        _change(home, catalog, timeline, brands, profile)
    if drop is not None:
        _refuse_while_in_use(home, catalog, timeline)
        _drop(catalog, timeline, drop, quiet=as_json)
    if delete_cache:
        _refuse_while_in_use(home, catalog, timeline)
        _delete(catalog, timeline, as_json)
    else:
        _show(home, catalog, timeline, as_json)


def _change(home: Home, catalog: Catalog, name: str, brands: Path | None, profile: str | None) -> None:
    """Save the timeline with other settings; everything is checked before."""
    from mpr_core.brands.brand_list import load_brand_file
    from mpr_core.profiles.profile import effective_configs

    read = None if brands is None else tuple(load_brand_file(brands))

    def changed(now: Timeline | None) -> Timeline:
        timeline = now or catalog.timeline(name)  # which says that there is none
        chosen = timeline.profile if profile is None else profile
        made = timeline.model_copy(update={"brands": timeline.brands if read is None else read, "profile": chosen})
        loaded = home.profiles.load(chosen)
        effective_configs(loaded, made.brand_list(loaded.brands), {}, where=str(brands or chosen))
        return made

    catalog.change_timeline(name, changed)


def _drop(catalog: Catalog, name: str, file: str, *, quiet: bool) -> None:
    from mpr_core.timeline.removal import without_chunk

    before, after = catalog.change_timeline(name, lambda now: without_chunk(now or catalog.timeline(name), file)[0])
    if not quiet and before is not None and after is not None:
        dropped = len(before.chunks) - len(after.chunks)
        say(
            f"{name}: {many(dropped, 'chunk')} dropped, {many(len(after.chunks), 'chunk')} left; the file in media-in stays"
        )
        say(f"compute it again: mpr run {name}\n", whole=True)


def _refuse_while_in_use(home: Home, catalog: Catalog, name: str) -> None:
    """A run that goes on, or is paused, rests on what would be deleted; so may one of a timeline with the same chunks."""
    from mpr_core.errors import InputError
    from mpr_core.lineage.garbage import ANY_TIMELINE
    from mpr_dagster.control.dead_runs import close_dead_runs
    from mpr_dagster.instance import open_instance
    from mpr_dagster.timelines_in_use import timelines_in_use

    chunks = {chunk.digest for chunk in catalog.timeline(name).chunks}
    with open_instance(home) as instance:
        close_dead_runs(instance)
        used = timelines_in_use(instance)
    for other, why in used.items():
        known = other != ANY_TIMELINE and catalog.has(other)
        if known and chunks.isdisjoint(chunk.digest for chunk in catalog.timeline(other).chunks):
            continue
        raise InputError(
            "the cache is in use",
            where=name,
            why=f"{why} ({other})",
            remedy="wait for the run, or end it: mpr stop RUN",
        )


def _delete(catalog: Catalog, name: str, as_json: bool) -> None:
    from mpr_core.lineage.cache import delete_cache

    gone = delete_cache(catalog, name)
    if as_json:
        print_json({"timeline": name, "deleted_objects": gone.objects, "deleted_bytes": gone.size_bytes})
    elif gone.objects:
        say(f"{name}: {many(gone.objects, 'object')} deleted, {size(gone.size_bytes)}; chunks and settings stay")
        say(f"compute it again: mpr run {name}", whole=True)
    else:
        say(f"{name}: nothing to delete")


def _show(home: Home, catalog: Catalog, name: str, as_json: bool) -> None:
    from mpr_core.stages.registry import STAGES
    from mpr_dagster.stale_heads import stale_heads

    timeline = catalog.timeline(name)
    heads = {stage: catalog.head(name, stage) for stage in STAGES}
    stale, unsure = stale_heads(home, timeline, heads)
    if as_json:
        document = timeline.model_dump(mode="json")
        document["heads"] = {
            s: None if n is None else n.model_dump(mode="json", exclude={"parts"}) for s, n in heads.items()
        }
        document["stale"] = stale
        print_json(document)
        return
    listed = (
        "the profile's brand list"
        if timeline.brands is None
        else f"its own list of {many(len(timeline.brands), 'brand')}"
    )
    if timeline.added_brands:
        listed += f" and {many(len(timeline.added_brands), 'added brand')}"
    say(f"timeline {name}: {clock(float(timeline.duration_s))}, profile {timeline.profile}, {listed}\n")
    _show_chunks(timeline)
    _show_heads(heads)
    for stage, reasons in stale.items():
        say(f"stale: {stage}: {'; '.join(reasons)}", style="yellow")
    if unsure:
        say(unsure, style="yellow")


def _show_chunks(timeline: Timeline) -> None:
    numbers = ("starts", "length", "size")
    rows = table(*numbers, "video", "file", right=numbers, whole=("video",))
    damage = []
    for chunk, start in zip(timeline.chunks, timeline.starts_s(), strict=True):
        video = f"{chunk.probe.codec} {chunk.probe.width_px}x{chunk.probe.height_px}"
        name = chunk.key.rsplit("/", 1)[-1]
        rows.add_row(clock(float(start)), clock(float(chunk.duration_s)), size(chunk.size_bytes), video, name)
        if chunk.probe.damaged_from_s is not None:
            at = clock(float(start + chunk.duration_s))
            damage.append(f"damaged: {name}, not used from {at} on: {chunk.probe.damage_reason}")
    show(rows)
    for line in damage:
        say(line, style="yellow")


def _show_heads(heads: dict[str, Node | None]) -> None:
    say("")
    rows = table("stage", "node", "parts", "took", "found", right=("parts", "took"), whole=("stage", "node"))
    for stage, node in heads.items():
        if node is None:
            rows.add_row(stage, "", "", "never ran")
            continue
        found = found_in_words(node.status, node.reason, node.counts)
        took = f"{node.provenance.compute_s:.1f} s" if node.status == "done" else node.status
        rows.add_row(stage, node.id, str(len(node.parts)), took, found)
    show(rows)
