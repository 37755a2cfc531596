"""`mpr ledger`: what models were asked, and what it cost."""

from __future__ import annotations

from typing import Annotated

import typer

from mpr_dagster.cli.screen import print_json, say, show, table


def ledger_command(
    run: Annotated[str, typer.Argument(help="Id of a run, or its beginning; without it all runs.")] = "",
    timeline: Annotated[str, typer.Option(metavar="ID", help="Only this timeline.")] = "",
    every_call: Annotated[bool, typer.Option("--calls", help="Every call, instead of sums per run and model.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print sums and calls as JSON.")] = False,
) -> None:
    """Show what calls to models cost, run by run."""
    from mpr_core.cascade.budget import usd
    from mpr_core.cascade.ledger import calls, spent
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home
    from mpr_dagster.instance import open_instance
    from mpr_dagster.run_lookup import find_run

    home = Home()
    made = [
        call
        for call in calls(home.media_out())
        if call.run_id.startswith(run.strip().lower()) and timeline in ("", call.timeline)
    ]
    # The ledger outlives runs and timelines, so that only of those without entries it matters whether they are there.
    if timeline and not made:
        Catalog(home.media_out()).timeline(timeline)
    if run and not made:
        with open_instance(home) as instance:
            find_run(instance, run)
    sums = spent(made)
    if as_json:
        kinds = {"spent": sums, "calls": made}
        print_json({"format": "mpr.costs/1"} | {k: [e.model_dump(mode="json") for e in v] for k, v in kinds.items()})
        return
    if not made:
        say("no model was asked")
        return
    if every_call:
        failed = any(call.reason for call in made)
        columns = ("run", "stage", "model", "track", "state", "tokens", "cost", *(["why"] if failed else []))
        rows = table(*columns, right=("tokens", "cost"))
        for call in made:
            tokens = f"{call.input_tokens:,}+{call.output_tokens:,}"
            place = f"{call.segment}/{call.track}"
            cost = f"<= {usd(call.cost_usd)}" if call.state == "asked" else usd(call.cost_usd)
            why = [call.reason] if failed else []
            state = {"asked": "cut off"}.get(call.state, call.state)
            rows.add_row(call.run_id[:8], call.stage, f"{call.provider} {call.model}", place, state, tokens, cost, *why)
    else:
        rows = table("run", "timeline", "stage", "model", "calls", "cost", right=("calls", "cost"))
        for one in sums:
            model = f"{one.provider} {one.model}"
            rows.add_row(one.run_id[:8], one.timeline, one.stage, model, str(one.calls), usd(one.cost_usd))
    show(rows)
    lost = sum(one.cut_off_usd for one in sums)
    unsure = f", and at most {usd(lost)} for calls that were cut off" if lost else ""
    say(f"{len(made)} calls, {usd(sum(one.cost_usd for one in sums))}{unsure}")
