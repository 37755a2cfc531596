"""Where decisions act: timelines with the brands on top of their lists that follow from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mpr_core.brands.brand_list import Brand, brand_conflicts
from mpr_core.brands.joined_lists import with_added, with_all_names
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.registry.records import Decision
from mpr_core.errors import BrandListError
from mpr_core.timeline.timeline import Timeline


def placed(
    timeline: Timeline, decisions: Sequence[Decision], profiles_own: tuple[Brand, ...] | None, put_into: Collection[str]
) -> Timeline:
    """The timeline as the decisions have it.

    An accepted brand stays where it is with its present names, and comes to the timelines of `put_into`; any other leaves.

    Raises:
        BrandListError: a name stands for another brand of the timeline's list.
    """
    listed = timeline.brands if timeline.brands is not None else profiles_own or ()
    added = list(timeline.added_brands)
    for decision in decisions:
        position = next((i for i, brand in enumerate(added) if fold_key(brand.canonical_name) == decision.key), None)
        acted = position is not None
        if position is None:
            position = len(added)
        else:
            added.pop(position)
        if decision.state == "accepted" and (acted or timeline.id in put_into):
            others = with_added(listed, added)
            _refuse_contradiction(timeline, others, decision.brand)
            if with_added(others, [decision.brand]) != others:  # a list that has all its names needs nothing
                added.insert(position, decision.brand)
    return timeline.model_copy(update={"added_brands": tuple(added)})


def _refuse_contradiction(timeline: Timeline, listed: Sequence[Brand], brand: Brand) -> None:
    problems = brand_conflicts(with_all_names(listed, brand))
    if problems:
        raise BrandListError(
            "the name contradicts a brand list",
            where=f"{brand.canonical_name} in timeline {timeline.id}",
            why="\n       ".join(problems),
            remedy=f"merge it into that brand, or correct the list: mpr timeline {timeline.id} --brands FILE",
        )
