"""The Dagster UI in a real browser: what a person clicks, and what the pages then show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mpr_core.stages.registry import STAGES
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

pytest.importorskip("playwright", reason="make test-services installs it")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.services.ui.dagster_pages import DagsterPages


def test_the_graph_reads_from_left_to_right(pages: DagsterPages) -> None:
    pages.open_graph()
    left_px = {}
    for stage in STAGES:
        box = pages.page.locator("foreignObject").filter(has_text=stage).last.bounding_box()
        assert box is not None
        left_px[stage] = box["x"]
    for name, stage in STAGES.items():
        assert all(left_px[parent] < left_px[name] for parent in stage.needs), name
    pages.shows(*{stage.group for stage in STAGES.values()})
    # The buttons stand at the right edge, as the report does.
    buttons = pages.page.get_by_role("img", name="zoom_in").first.bounding_box()
    report = pages.page.locator("foreignObject").filter(has_text="compile_report").last.bounding_box()
    assert buttons is not None
    assert report is not None
    assert report["y"] + report["height"] < buttons["y"] or report["x"] + 0.8 * report["width"] < buttons["x"]


def test_one_asset_is_materialized_with_a_knob_and_again_without(pages: DagsterPages, home: CommandLine) -> None:
    dialog = pages.open_launchpad("match_brands", TIMELINE)
    pages.write_config(dialog, "min_score: 91")
    expect(dialog.get_by_text("ambiguity_margin").first).to_be_visible()
    changed = pages.materialize(dialog)
    pages.watch(changed)
    pages.shows("match_brands", re.compile("ASSET_MATERIALIZATION"))
    head = home.done("timeline", TIMELINE, "--json").json["heads"]["match_brands"]["id"]
    pages.open_asset("match_brands")
    pages.shows(head, "changes_to_profile")
    expect(pages.page.locator("tr").filter(has_text="changes_to_profile").first).to_contain_text("91")

    again = pages.materialize(pages.open_launchpad("match_brands", TIMELINE))
    pages.watch(again)
    pages.open_asset("match_brands")
    expect(pages.page.locator("tr").filter(has_text="changes_to_profile").first).to_contain_text("none")
    pages.shows(re.compile("nothing computed: .* there"))


def test_a_report_shows_its_table_its_crops_and_where_it_is(pages: DagsterPages) -> None:
    pages.open_asset("compile_report")
    table = pages.page.locator("tr").filter(has_text="time, %").first
    expect(table).to_contain_text("Vantelo")
    value = pages.page.locator("tr td", has=pages.page.get_by_text("Show schema")).first
    assert value.evaluate(
        "cell => cell.closest('table').scrollWidth <= cell.closest('table').parentElement.clientWidth"
    )
    assert pages.open_evidence().evaluate("picture => picture.naturalWidth") > 100
    pages.page.keyboard.press("Escape")
    pages.shows(f"mpr report {TIMELINE}", "reports/match")


def test_a_profiles_job_computes_all_stages_of_the_timeline_chosen_in_its_launchpad(
    pages: DagsterPages, home: CommandLine
) -> None:
    def heads() -> dict[str, str]:
        return {stage: head["id"] for stage, head in home.done("timeline", TIMELINE, "--json").json["heads"].items()}

    before = heads()  # by the timeline's own profile, which cuts it into other segments
    run = pages.materialize(pages.open_job_launchpad("detect__generic", TIMELINE))
    pages.watch(run)
    after = heads()
    assert set(after) == set(STAGES)
    assert not set(before.values()) & set(after.values())
    pages.open(f"/runs?q[]=id:{run}")
    pages.shows("detect__generic", f"partition: {TIMELINE}", "Success")


def test_ticks_that_are_committed_take_a_dropped_folder_in_and_have_it_computed(
    pages: DagsterPages, home: CommandLine, media: Path
) -> None:
    pages.open_sensor("new_chunks")
    pages.shows("0 runs requested")  # the daemon's own first tick: its next one is an hour away
    incoming = home.home / "media-in" / "incoming" / "cup"
    incoming.mkdir(parents=True)
    shutil.copy(media / "other.mp4", incoming / "1.mp4")
    (incoming / "_DONE").touch()
    for job in ("intake", "detect__generic"):
        pages.open_sensor("new_chunks")
        dialog = pages.preview_tick()
        expect(dialog).to_contain_text(job)
        pages.watch(pages.commit_tick(dialog))
    assert [chunk["key"] for chunk in home.done("timeline", "cup", "--json").json["chunks"]] == ["incoming/cup/1.mp4"]
    pages.open_asset("compile_report")
    pages.shows("mpr report cup", "reports/cup")
    pages.open_sensor("new_chunks")
    expect(pages.preview_tick()).to_contain_text("chunks there: 1, timelines: 1, not taken in yet: 0")
