"""The pages of the Dagster UI as a person uses them: what is clicked and typed, and what a page then shows."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from mpr_core.stages.registry import STAGES

PATIENCE_MS = 60_000
_RUN_PATIENCE_MS = 300_000  # all stages on a machine that has other things to do
SIZE_PX = (1440, 900)
# After the launchpad the run's page; after a tick the list of runs, narrowed to its own.
_ONE_RUN = re.compile(r"/runs.*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class DagsterPages:
    """One browser page on one webserver."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self._address = page, address
        page.set_viewport_size({"width": SIZE_PX[0], "height": SIZE_PX[1]})
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)

    def open(self, path: str) -> None:
        self.page.goto(self._address + path, wait_until="domcontentloaded")

    def shows(self, *texts: str | re.Pattern[str]) -> None:
        """Wait until the page shows each text."""
        for text in texts:
            expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def open_graph(self) -> Locator:
        """The asset graph with every group open; its drawing."""
        groups = sorted({stage.group for stage in STAGES.values()})
        expanded = ",".join(f"global@global:{group}" for group in groups)
        self.open(f"/asset-groups?{urlencode({'expanded': expanded})}")
        for stage in STAGES:
            self.shows(stage)
        return self.page.locator("svg").filter(has=self.page.get_by_text("compile_report")).first

    def fold_asset_list(self) -> None:
        """Give the open graph the room of the list of assets beside it."""
        jump = self.page.get_by_placeholder("Jump to…")
        jump.locator("xpath=following::button[1]").click()
        expect(jump).to_be_hidden()

    def open_asset(self, stage: str) -> None:
        self.open(f"/assets/{stage}")
        self.shows("Definition", "Latest materialization")

    def open_evidence(self) -> Locator:
        """The best crops of the open page of the report; the picture."""
        row = self.page.locator("tr").filter(has=self.page.get_by_text("evidence", exact=True)).first
        row.get_by_text("Show Markdown").click()
        crops = self.page.get_by_alt_text("best crops").first
        expect(crops).to_be_visible()
        return crops

    def open_launchpad(self, stage: str, timeline: str) -> Locator:
        """The launchpad of one asset, a timeline chosen."""
        self.open_asset(stage)
        return self._launchpad(timeline)

    def open_job(self, name: str) -> None:
        self.open(f"/locations/mpr/jobs/{name}")
        self.shows("Description", re.compile("Materialize all"))

    def open_job_launchpad(self, name: str, timeline: str) -> Locator:
        """The launchpad of a job, a timeline chosen, and the profile's settings there."""
        self.open_job(name)
        dialog = self._launchpad(timeline)
        expect(dialog.locator(".CodeMirror").first).to_contain_text("min_airing_s")
        return dialog

    def _launchpad(self, timeline: str) -> Locator:
        materialize = self.page.get_by_role("button", name="Materialize").first
        materialize.locator("xpath=following::button[1]").click()
        self.page.get_by_text("Open launchpad").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_text("No errors")).to_be_visible()  # what is typed before that is lost
        found = self.page.get_by_role("menuitem").filter(has_text=timeline).first
        for _ in range(
            12
        ):  # what is typed before the list of partitions has come finds nothing, and is not looked for again
            dialog.get_by_placeholder("Partition").fill("")
            dialog.get_by_placeholder("Partition").fill(timeline)
            with suppress(PlaywrightTimeout):
                found.wait_for(timeout=5_000)
                break
        found.click()
        expect(dialog.get_by_text(f"partition: {timeline}")).to_be_visible()
        return dialog

    def write_config(self, dialog: Locator, knob: str) -> None:
        """Put a knob where the launchpad left room for it; the cursor stays there, so that the help tells of it."""
        editor = dialog.locator(".CodeMirror").first
        editor.evaluate(
            """(element, knob) => {
                const editor = element.CodeMirror;
                const line = editor.getValue().split('\\n').findIndex(text => text.includes('config: {}'));
                const room = {line, ch: editor.getLine(line).indexOf(' {}')};
                editor.replaceRange('\\n      ' + knob, room, {line, ch: room.ch + 3});
                editor.setCursor({line: line + 1, ch: 8});
            }""",
            knob,
        )
        expect(editor).to_contain_text(knob)
        expect(dialog.get_by_text("No errors")).to_be_visible()

    def materialize(self, dialog: Locator) -> str:
        """Launch what the launchpad holds; the run's id."""
        return self._launched(dialog.get_by_role("button", name="Materialize").last)

    def watch(self, run_id: str) -> None:
        """The run's page until it says how the run ended: well."""
        self.open(f"/runs/{run_id}")
        ended = self.page.get_by_text(re.compile("RUN_SUCCESS|RUN_FAILURE|RUN_CANCELED")).filter(visible=True).first
        expect(ended).to_have_text("RUN_SUCCESS", timeout=_RUN_PATIENCE_MS)

    def open_sensor(self, name: str) -> None:
        self.open(f"/locations/mpr/sensors/{name}")
        self.shows("Preview tick result", "Description")

    def preview_tick(self) -> Locator:
        """One evaluation of the open sensor; the dialog that tells what came of it."""
        self.page.get_by_role("button", name="Preview tick result").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Continue").click()
        expect(dialog.get_by_text("Requested runs")).to_be_visible()
        return dialog

    def commit_tick(self, dialog: Locator) -> str:
        """Let a previewed tick that asks for one run count; the run's id."""
        return self._launched(dialog.get_by_role("button", name="Apply requests & commit tick result"))

    def _launched(self, button: Locator) -> str:
        button.click()
        self.page.wait_for_url(_ONE_RUN)
        found = _ONE_RUN.search(self.page.url)
        assert found is not None
        return found.group(1)
