"""Does the report say only what it can know?"""

from __future__ import annotations

import numpy as np

from mpr_core.checks.brand_names import unlisted
from mpr_core.checks.damage import SOURCE_WHOLE
from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, some
from mpr_core.store.tables import values

_ROUNDING_S = 0.0015


def airings_in_timeline(subject: Subject) -> Verdict:
    """An airing before 0, after the end, or of no length is an error of clocks."""
    duration_s, airings, outside = float(subject.timeline.duration_s), 0, 0
    for _, table in subject.tables("airings", ("start_s", "end_s")):
        start, end = table.column("start_s").to_numpy(), table.column("end_s").to_numpy()
        airings += len(start)
        outside += int(np.count_nonzero((start < 0) | (end <= start) | (end > duration_s + _ROUNDING_S)))
    numbers = {"airings": airings, "airings_outside": outside, "duration_s": round(duration_s, 3)}
    if not outside:
        return Verdict(True, f"{number(airings, 'airing')} within {duration_s:.1f} s", numbers)
    return Verdict(False, f"{outside} of {number(airings, 'airing')} not within 0 to {duration_s:.1f} s", numbers)


def brands_on_list(subject: Subject) -> Verdict:
    """Whoever decided it, match_brands or a model: the list says which names count."""
    found = {name for _, table in subject.tables("airings", ("brand",)) for name in values(table, "brand")}
    strange = unlisted(found, subject.ancestor("match_brands"))
    numbers = {"brands_found": len(found), "brands_outside_list": len(strange)}
    if not strange:
        return Verdict(True, f"{number(len(found), 'brand')} on screen, all on the list", numbers)
    return Verdict(False, f"{number(len(strange), 'brand')} outside the list: {some(strange)}", numbers)


CHECKS = (
    Check("airings_in_timeline", "Every airing begins and ends within the timeline.", airings_in_timeline),
    Check("brands_on_list", "Every brand of the report is on the list.", brands_on_list),
    SOURCE_WHOLE,
)
