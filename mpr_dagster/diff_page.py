"""Where the page of a difference is written."""

from __future__ import annotations

from pathlib import Path

from mpr_core.compare.html import crop_keys, render_html
from mpr_core.compare.model import Diff
from mpr_core.errors import InputError
from mpr_dagster.home import Home


def write_page(home: Home, diff: Diff, output: Path | None) -> Path:
    """The page with its crops, in `output` or below `MPR_HOME/reports`.

    Raises:
        InputError: the file cannot be written there.
    """
    wanted = crop_keys(diff)
    found = zip(wanted, home.media_out().get_many(wanted), strict=True)
    html = render_html(diff, {key: data for key, data in found if data is not None})
    path = output or home.root / "reports" / f"diff-{diff.a.node}-{diff.b.node}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputError(
            "the page cannot be written", where=str(path), why=error.strerror or str(error), remedy="name another file"
        ) from error
    return path
