"""`mpr demo`: draw a film, run the pipeline on it, and hold the report against the film's truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpr_dagster.cli.screen import console, print_json, say, show, table

if TYPE_CHECKING:
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.synth.score import SynthScore
    from mpr_core.synth.spec import SynthSpec
    from mpr_core.synth.truth import SynthTruth
    from mpr_dagster.home import Home

TIMELINE = "demo"


def demo_command(
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, another film.")] = 1,
    size: Annotated[str, typer.Option(metavar="WxH", help="Frame size in pixels.")] = "1280x720",
    profile: Annotated[str, typer.Option(help="Profile to run.")] = "generic",
    show_page: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the score as JSON.")] = False,
) -> None:
    """Everything at once, on this machine alone: synth, ingest, run, report, and how true the report is."""
    from mpr_core.brands.brand_list import Brand
    from mpr_core.lineage.catalog import Catalog
    from mpr_core.timeline.ingest import IngestRequest, ingest
    from mpr_dagster.cli.report import open_page
    from mpr_dagster.cli.run import run_and_summarise
    from mpr_dagster.cli.synth import make_spec
    from mpr_dagster.home import Home
    from mpr_dagster.launch import prepare
    from mpr_dagster.reports import head_node, head_report, local_report

    home = Home()
    name = TIMELINE if (seconds, seed, size) == (60, 1, "1280x720") else f"{TIMELINE}-{size}-{seconds:g}s-{seed}"
    film, truth = _film(home, name, make_spec(seconds, seed, size, "25", False, "mixed"), as_json)
    brands = tuple(Brand.model_validate(entry) for entry in truth.brand_file())
    catalog = Catalog(home.media_out())
    request = IngestRequest(timeline=name, paths=[film], profile=profile, brands=brands, replace=True)
    ingest(request, media_in=home.media_in(), catalog=catalog, limits=home.settings.limits())
    run_and_summarise(home, prepare(home, name, profile, [], []), quiet=as_json)
    score = _score(truth, catalog, name)
    if as_json:
        print_json(score.model_dump(mode="json") | {"airings": len(head_report(catalog, name).airings)})
        return
    _print_score(score)
    say("everything in the Dagster UI: make ui")
    if show_page:
        open_page(local_report(home, head_node(catalog, name)))


def _film(home: Home, name: str, spec: SynthSpec, quiet: bool) -> tuple[Path, SynthTruth]:
    """The film and its truth, drawn unless they are there from before."""
    from rich.progress import Progress

    from mpr_core.errors import MprError
    from mpr_core.synth.truth import SynthTruth
    from mpr_core.synth.write import synthesize

    folder = home.root / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    film, truth_path = folder / f"{name}.mp4", folder / f"{name}.truth.json"
    if film.is_file() and truth_path.is_file():
        try:
            truth = SynthTruth.load(truth_path)
        except MprError:
            truth = None  # of another version, or half written: drawn anew below
        if truth is not None and truth.spec == spec:
            return film, truth
    with Progress(console=console(), transient=True, disable=quiet or not console().is_terminal) as bar:
        task = bar.add_task(f"drawing {spec.seconds:g} s of footage", total=None)
        truth = synthesize(spec, film, progress=lambda done, total: bar.update(task, completed=done, total=total))
    truth.save(truth_path)
    if not quiet:
        say(f"drawn: {film}", whole=True)
        say(f"{len(truth.brands)} brands on its list, some of them never shown", style="dim")
    return film, truth


def _score(truth: SynthTruth, catalog: Catalog, name: str) -> SynthScore:
    from mpr_core.synth.score import ScoredAiring, score_airings
    from mpr_dagster.reports import head_report

    airings = head_report(catalog, name).airings
    return score_airings(truth, [ScoredAiring(brand=a.brand, start_s=a.start_s, end_s=a.end_s) for a in airings])


def _print_score(score: SynthScore) -> None:
    numbers = ("to be found", "found", "recall")
    rows = table("letter height", *numbers, right=numbers)
    for row in score.recalls:
        recall = "–" if row.recall is None else f"{row.recall:.1%}"
        rows.add_row(f"{row.size_class} px", f"{row.wanted_s:.1f} s", f"{row.found_s:.1f} s", recall)
    say("\nthe report against the film's truth, in brand-seconds")
    show(rows)
    precision = "–" if score.precision is None else f"{score.precision:.1%}"
    say(f"precision {precision}: {score.reported_s:.1f} s reported, {score.false_s:.1f} s of them false")
