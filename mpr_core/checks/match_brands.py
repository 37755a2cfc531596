"""Was there a list to hold the texts against, are the decisions of it, and does it fit the film?"""

from __future__ import annotations

from mpr_core.checks.brand_names import listed, unlisted
from mpr_core.checks.finding import Check, Verdict, not_judged
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, percent, share, some
from mpr_core.store.tables import values

_MOST_UNMATCHED_RATIO = 0.98
_LEAST_TEXTS = 50


def brand_list_given(subject: Subject) -> Verdict:
    """Without a list nothing can be found, and a report of nothing looks like a film without brands."""
    if subject.node.status == "skipped":
        return not_judged(subject.node.reason)
    brands = len(listed(subject.node))
    return Verdict(brands > 0, f"{number(brands, 'brand')} on the list", {"brands": brands})


def brands_on_list(subject: Subject) -> Verdict:
    """A decision for a name that nobody asked for."""
    found = {name for _, table in subject.tables("decisions", ("brand",)) for name in values(table, "brand")}
    found.discard("")
    strange = unlisted(found, subject.node)
    numbers = {"brands_found": len(found), "brands_outside_list": len(strange)}
    if not strange:
        return Verdict(True, f"{number(len(found), 'brand')} found, all on the list", numbers)
    return Verdict(False, f"{number(len(strange), 'brand')} outside the list: {some(strange)}", numbers)


def texts_matched(subject: Subject) -> Verdict:
    """Much legible text and next to no brand: perhaps the wrong list."""
    unmatched, decided = subject.count("unmatched_texts"), subject.count("decided_tracks")
    texts = unmatched + decided
    said = f"{unmatched} of {number(texts, 'legible text')} on no list ({percent(unmatched, texts)})"
    numbers = {"texts": texts, "unmatched_texts": unmatched, "unmatched_ratio": share(unmatched, texts)}
    if not listed(subject.node):
        return Verdict(True, said, numbers)  # brand_list_given says it
    return Verdict(texts < _LEAST_TEXTS or share(unmatched, texts) <= _MOST_UNMATCHED_RATIO, said, numbers)


CHECKS = (
    Check(
        "brand_list_given",
        "There is a brand list: `mpr ingest ... --brands FILE`, or in the profile.",
        brand_list_given,
    ),
    Check("brands_on_list", "Every decided brand is on the list.", brands_on_list),
    Check(
        "texts_matched",
        "Of fifty legible texts or more, at most 98% are on no list. Else it may be the wrong list: look at the report's unlisted texts.",
        texts_matched,
    ),
)
