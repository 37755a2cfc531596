"""The Chromium that the machine has, or else that `chromium_setup` put beside it, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.services.ui import chromium_setup

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Where it is, if there is one."""
    if (installed := next(filter(None, map(shutil.which, _NAMES)), None)) is not None:
        return installed
    set_up = chromium_setup.program()
    return None if set_up is None else str(set_up)


@contextmanager
def browser_page(program: str) -> Iterator[Page]:
    """One empty page."""
    environment = chromium_setup.environment() if program == str(chromium_setup.program()) else None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, env=environment)
        try:
            yield browser.new_page(locale="en-US")  # what a machine without a locale names, the UI cannot read
        finally:
            browser.close()
