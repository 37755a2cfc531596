"""`mpr label`, `mpr scenarios`: names for nodes, and the list of them as starting points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpr_dagster.cli.screen import print_json, say, show, table
from mpr_dagster.wording import counts_in_words

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.scenarios import Scenario


def label_command(
    node: Annotated[
        str, typer.Argument(help="The node: its id or the beginning of it, a label, or a stage for its head.")
    ],
    name: Annotated[str, typer.Argument(help="The label.")],
    timeline: Annotated[str | None, typer.Option("--timeline", help="Id of the timeline (default: any).")] = None,
    move: Annotated[bool, typer.Option("--move", help="Take the label away from the node that has it.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Remove the label; the node stays.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the label as JSON.")] = False,
) -> None:
    """Name a node, so that it is kept and can be replayed from by that name."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.labels import put_label, remove_label
    from mpr_core.lineage.references import find_node
    from mpr_dagster.home import Home

    if delete and move:
        raise typer.BadParameter("--delete and --move exclude each other")
    catalog = Catalog(Home().media_out())
    if delete:
        gone = remove_label(catalog, node, name, timeline)
        if as_json:
            print_json({"deleted": gone.model_dump(mode="json")})
        else:
            say(f"{gone.timeline}: label {name} removed from {gone.stage} {gone.node}")
        return
    done = put_label(catalog, find_node(catalog, node, timeline_id=timeline), name, move=move)
    before = None if done.before is None else done.before.node
    if as_json:
        print_json(done.label.model_dump(mode="json") | {"moved_from": before})
        return
    moved = "" if before is None else f", no longer {before}"
    say(f"{done.label.timeline}: {name} is {done.label.stage} {done.label.node}{moved}")


def scenarios_command(
    timeline: Annotated[str | None, typer.Argument(help="Id of the timeline (default: all).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the labelled nodes: saved starting points to replay from."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.lineage.documents import timeline_documents
    from mpr_core.lineage.scenarios import scenario_of
    from mpr_dagster.home import Home

    catalog = Catalog(Home().media_out())
    if timeline is not None:
        catalog.timeline(timeline)
    found, notes = [], []
    for name in catalog.timelines() if timeline is None else [timeline]:
        documents = timeline_documents(catalog, name)  # one that cannot be read in part must not hide the others
        nodes = {node.id: node for node in documents.nodes}
        found += [scenario_of(label, nodes) for label in documents.labels]
        notes += [f"cannot be read: {key} ({why})" for key, why in documents.broken.items()]
    if as_json:
        print_json([_document(catalog, scenario) for scenario in found])
        return
    if found:
        _show(catalog, found)
    else:
        say("no labels yet: mpr label NODE NAME", whole=True)
    for note in notes:
        say(note, style="yellow")


def _show(catalog: Catalog, scenarios: list[Scenario]) -> None:
    rows = table("label", "timeline", "stage", "other than the profile", "found", whole=("stage",))
    for scenario in scenarios:
        found = _totals_in_words(_totals(catalog, scenario)) or counts_in_words(scenario.counts)
        if scenario.missing:
            found = f"gone: {', '.join(scenario.missing)}"
        rows.add_row(scenario.name, scenario.timeline, scenario.stage, _differs(scenario) or "nothing", found)
    show(rows)
    say("\nreplay from one: mpr replay TIMELINE --stage STAGE --from LABEL --set STAGE.FIELD=VALUE", whole=True)


def _differs(scenario: Scenario) -> str:
    return ", ".join(f"{stage}.{d.words}" for stage, found in scenario.differs.items() for d in found)


def _document(catalog: Catalog, scenario: Scenario) -> dict[str, Any]:
    stages = {
        stage: [d.model_dump(mode="json") | {"words": d.words} for d in found]
        for stage, found in scenario.differs.items()
    }
    replay = f"mpr replay {scenario.timeline} --stage {scenario.stage} --from {scenario.name}"
    return scenario.model_dump(mode="json") | {
        "differs": stages,
        "totals": _totals(catalog, scenario),
        "replay": replay if scenario.can_be_replayed else None,
    }


def _totals(catalog: Catalog, scenario: Scenario) -> dict[str, float] | None:
    """A report's totals; None for another stage, or when the report's files are gone."""
    from mpr_core.errors import MprError
    from mpr_dagster.reports import published_report

    node = (
        catalog.node(scenario.timeline, scenario.stage, scenario.node) if scenario.stage == "compile_report" else None
    )
    if node is None:
        return None
    try:
        report = published_report(catalog.store, node)
    except MprError:
        return None
    shown = [brand for brand in report.brands if brand.airings]
    return {
        "brands": len(shown),
        "airings": sum(brand.airings for brand in shown),
        "brand_seconds": round(sum(brand.seconds for brand in shown), 3),
    }


def _totals_in_words(totals: dict[str, float] | None) -> str:
    if totals is None:
        return ""
    counts = {name: totals[name] for name in ("airings", "brands")}
    return f"{counts_in_words(counts)}, {totals['brand_seconds']:.1f} brand-seconds"
