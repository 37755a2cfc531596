"""The page is one self-contained file, says what it does not know, and lets no string from a video become markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from mpr_core.report.compile import AiringRule, compile_report
from mpr_core.report.evidence import Budget
from mpr_core.report.html import printable, ratio_text, render_html, script_json
from mpr_core.report.model import Report
from mpr_core.report.sighting import ChunkSpan, SceneSpan, Sighting, StageOutcome, TextSpan

EVIL = "</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(2)>\x00\u202e{{ 7*7 }}"


class Page(HTMLParser):
    """Elements, their attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.bodies: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)
        if tag in {"script", "style"}:
            self.bodies.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in {"script", "style"}:
            self.bodies[self.inside[-1]][-1] += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page_text(sample_report: Report, sample_images: dict[str, bytes]) -> str:
    return render_html(sample_report, sample_images)


def test_nothing_refers_outside_the_file(page_text: str) -> None:
    assert set(re.findall(r"https?://[^\s\"'<)]*", page_text)) <= {"http://www.w3.org/2000/svg"}
    page = Page(page_text)
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/jpeg;base64,")), (tag, name)
    assert not {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "base", "form"}
    assert "@import" not in page_text
    assert "url(#hatch)" in page.bodies["style"][0]


def test_the_policy_lets_in_only_this_pages_own_style_and_script(page_text: str) -> None:
    page = Page(page_text)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    _, script = page.bodies["script"]
    for body in (page.bodies["style"][0], script):
        assert "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy
    # Inline style attributes and event handlers would be blocked by that policy: there must be none.
    assert not [a for _, attributes in page.elements for a in attributes if a == "style" or a.startswith("on")]


def test_the_page_shows_every_brand_airing_crop_and_what_was_not_found(sample_report: Report, page_text: str) -> None:
    page = Page(page_text)
    bars = [a for tag, a in page.elements if tag == "rect" and (a.get("class") or "").startswith("bar ") and "x" in a]
    assert len(bars) == len(sample_report.airings)
    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert {f"a-{airing.id}" for airing in sample_report.airings} <= ids
    for words in (
        "Lumora Bank",
        "Absent 2",
        "Searched for and not found",
        "GRAND PARADE HOTEL",
        "SKIP_VLM=1",
        "Cyrillic",
    ):
        assert words in page.text
    assert "50.0 s of this timeline could not be read." in page.text
    assert "05:50.000 – 06:40.000" in page.text
    assert "1 stage failed, so brands may be missing here." in page.text


def test_ids_are_used_once_and_links_lead_somewhere(page_text: str) -> None:
    page = Page(page_text)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for tag, a in page.elements if tag == "a"}
    labels = {a[n] or "" for _, a in page.elements for n in ("aria-labelledby", "aria-describedby") if n in a}
    assert targets | labels <= set(ids)


def test_every_picture_has_an_alternative_and_every_lane_a_name(page_text: str) -> None:
    page = Page(page_text)
    assert all("alt" in a for tag, a in page.elements if tag == "img")
    lanes = [a for tag, a in page.elements if tag == "svg" and "data-lane" in a]
    assert lanes
    assert all(a["aria-label"] and a["tabindex"] == "0" for a in lanes)


def test_the_same_report_gives_the_same_page(
    sample_report: Report, sample_images: dict[str, bytes], page_text: str
) -> None:
    assert render_html(sample_report, dict(reversed(sample_images.items()))) == page_text


def test_no_brand_of_the_list_and_no_list_are_two_things(report_factory: Callable[..., Report]) -> None:
    none_found = Page(render_html(report_factory(sightings=[]), {})).text
    assert "No brand of the list was found. 18 names were searched for." in none_found
    assert "No brand list was given" not in none_found
    no_list = Page(render_html(report_factory(sightings=[], brand_list=[]), {})).text
    assert "No brand list was given. There was nothing to search for" in no_list
    assert "No brand of the list was found" not in no_list


def test_an_entirely_empty_report_still_is_a_page() -> None:
    report = compile_report([], timeline="t", duration_s=0.0, profile="generic", rule=AiringRule())
    text = Page(render_html(report, {})).text
    assert "No brand list was given." in text
    assert "No stage was recorded." in text


def evil_report() -> Report:
    sighting = Sighting(
        *(EVIL, 0.0, 0.0, 2.0, 0, EVIL, (0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 9.0), 10, 10, EVIL, 90.0, 0.5, EVIL),
        text=EVIL,
        crop_key=EVIL,
    )
    return compile_report(
        [sighting, replace(sighting, brand=EVIL + "2")],
        timeline=EVIL,
        duration_s=10.0,
        profile=EVIL,
        rule=AiringRule(),
        brand_list=[EVIL, EVIL + "3"],
        scenes=[SceneSpan(0.0, 10.0, "start", EVIL)],
        chunks=[ChunkSpan(EVIL, 0.0, 10.0, 8.0, EVIL)],
        stages=[StageOutcome(EVIL, "failed", EVIL, {EVIL: 1}, {EVIL: EVIL})],
        texts=[TextSpan(EVIL, 1.0, 0.0, 1.0, 50.0, EVIL)],
        notes=[EVIL],
    )


def test_strings_from_a_video_never_become_markup(sample_images: dict[str, bytes]) -> None:
    text = render_html(evil_report(), {EVIL: next(iter(sample_images.values()))})
    page = Page(text)
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    assert len(page.bodies["script"]) == 2
    assert all((a.get("src") or "").startswith("data:image/jpeg;base64,") for tag, a in page.elements if tag == "img")
    assert "onerror=alert(1)" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\x00" not in text
    data = json.loads(page.bodies["script"][0])
    assert data["lanes"][0]["brand"] == EVIL.replace("\x00", "")


def test_bytes_that_are_no_picture_are_not_embedded(sample_report: Report) -> None:
    keys = [a.crop_key for a in sample_report.airings if a.crop_key]
    page = Page(render_html(sample_report, dict.fromkeys(keys, b"<svg onload=alert(1)>")))
    assert not [a for tag, a in page.elements if tag == "img"]
    assert f"0 airings of {len(sample_report.airings)} shown with a crop" in page.text


def test_a_budget_leaves_pictures_out_and_says_so(sample_report: Report, sample_images: dict[str, bytes]) -> None:
    budget = Budget(crops_per_brand=1, scenes=3, texts=0)
    page = Page(render_html(sample_report, sample_images, budget=budget))
    alts = [a["alt"] or "" for tag, a in page.elements if tag == "img"]
    assert len([alt for alt in alts if alt.startswith("Crop")]) == 15
    assert len([alt for alt in alts if alt.startswith("Scene")]) == 3
    assert f"15 airings of {len(sample_report.airings)} shown with a crop" in page.text
    tiny = Page(render_html(sample_report, sample_images, budget=Budget(crops_bytes=0, scenes=0, texts=0)))
    assert not [a for tag, a in tiny.elements if tag == "img"]


def test_three_hours_with_two_thousand_airings_stay_under_5_mb(report_factory: Callable[..., Report]) -> None:
    report = report_factory(brands=60, airings=2000, duration_s=10_800.0)
    heavy = _noise_jpeg()
    text = render_html(report, {airing.crop_key or "": heavy for airing in report.airings})
    assert len(report.airings) > 1500
    assert len(text.encode()) < 5_000_000
    assert len(Page(text).bodies["script"]) == 2


def _noise_jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (400, 1200, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(None, "–"), (0.0, "0 %"), (0.00012, "0.01 %"), (0.0234, "2.34 %"), (0.4567, "45.7 %"), (1.0, "100 %")],
)
def test_ratios_read_as_percentages(ratio: float | None, text: str) -> None:
    assert ratio_text(ratio) == text


def test_the_data_block_cannot_be_left() -> None:
    assert "<" not in script_json(["</script>", "<!--"])
    assert json.loads(script_json([EVIL, 1.5])) == [EVIL, 1.5]


def test_control_characters_are_dropped_and_numbers_left_alone() -> None:
    assert printable("a\x00b\x1bc\nd") == "abc\nd"
    assert printable(7) == 7
