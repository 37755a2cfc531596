"""The page of a difference: whole in itself, and free of what strings from a video could do."""

from __future__ import annotations

import re

from mpr_core.compare.diff import diff_reports
from mpr_core.compare.html import crop_keys, render_html
from tests.mpr_core.compare.made_reports import Seen, report_of
from tests.mpr_core.report.conftest import crop_jpeg

EVIL = "<img src=x onerror=alert(1)>\"'</style><script>alert(2)</script>"
BEFORE = (Seen("Vantelo", 0, 4), Seen("Oltessa", 8, 12), Seen("Tavikko", 20, 30), Seen("Brixomar", 40, 44))
AFTER = (Seen("Vantelo", 0, 4), Seen("Oltessa", 9, 12), Seen("Fjellqua", 50, 52), Seen("Brixomar", 40, 44))


def page(a: tuple[Seen, ...] = BEFORE, b: tuple[Seen, ...] = AFTER) -> str:
    diff = diff_reports(report_of(*a), report_of(*b))
    return render_html(diff, {key: crop_jpeg("crop") for key in crop_keys(diff)})


def test_nothing_is_fetched_and_nothing_runs() -> None:
    text = page()
    assert "<script" not in text
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "default-src &#39;none&#39;" in text


def test_each_brand_has_two_lanes_and_those_that_differ_come_first() -> None:
    text = page()
    lanes = re.findall(r'<div class="row lane">.*?<bdi>(.*?)</bdi>.*?</div>', text)
    assert set(lanes[:3]) == {"Tavikko", "Fjellqua", "Oltessa"}
    assert set(lanes[3:]) == {"Vantelo", "Brixomar"}
    moved = re.findall(r'<rect class="bar moved" x="([\d.]+)%" y="(\d+)" width="([\d.]+)%"', text)
    assert [(float(x), y) for x, y, _ in moved] == [(13.3333, "5"), (15.0, "21")]


def test_only_what_one_side_has_is_shown_with_its_crop() -> None:
    diff = diff_reports(report_of(*BEFORE), report_of(*AFTER))
    assert crop_keys(diff) == ["crops/Tavikko-20.jpg", "crops/Fjellqua-50.jpg"]
    assert page().count('src="data:image/jpeg') == 2
    assert "data:image" not in render_html(diff, dict.fromkeys(crop_keys(diff), b"no picture"))


def test_strings_from_a_video_never_become_markup() -> None:
    text = page((Seen(EVIL, 0, 4, text=EVIL),), (Seen(EVIL + "2", 0, 4, x_px=900, text=EVIL),))
    assert "<img src=x" not in text
    assert "<script" not in text
    assert "&lt;img src=x" in text


def test_equal_and_empty_reports_make_a_page_too() -> None:
    assert "No difference in airings, 0 the same." in page((), ())
    assert "No difference in airings, 4 the same." in page(BEFORE, BEFORE)
