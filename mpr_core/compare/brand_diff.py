"""Brand totals of two reports with their differences: seconds, airings, shares."""

from __future__ import annotations

from mpr_core.compare.model import BrandChange, BrandTotals
from mpr_core.report.model import BrandExposure, Report


def diff_brands(a: Report, b: Report) -> tuple[BrandChange, ...]:
    """Every brand found or searched for on either side, the largest difference in seconds first, then by name."""
    ours, theirs = ({brand.brand: brand for brand in report.brands} for report in (a, b))
    found = [_brand(name, ours.get(name), theirs.get(name)) for name in {*ours, *theirs}]
    return tuple(sorted(found, key=lambda c: (-abs(c.seconds_delta), not c.differs, c.brand)))


def _brand(name: str, a: BrandExposure | None, b: BrandExposure | None) -> BrandChange:
    before, after = _totals(a), _totals(b)
    return BrandChange(
        brand=name,
        a=before,
        b=after,
        seconds_delta=after.seconds - before.seconds,
        airings_delta=after.airings - before.airings,
        share_of_timeline_delta=after.share_of_timeline_ratio - before.share_of_timeline_ratio,
        share_of_voice_delta=after.share_of_voice_ratio - before.share_of_voice_ratio,
    )


def _totals(brand: BrandExposure | None) -> BrandTotals:
    if brand is None:
        return BrandTotals(listed=False)
    return BrandTotals(**{name: getattr(brand, name) for name in BrandTotals.model_fields})
