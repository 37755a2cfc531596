"""Brands put onto a list that may hold some of them already."""

from __future__ import annotations

from collections.abc import Sequence

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.normalise import fold_key


def with_added(brands: Sequence[Brand], added: Sequence[Brand]) -> tuple[Brand, ...]:
    """A list with more brands on it, without contradictions that it had not.

    A brand that the list has under any of its names lends it its aliases and excludes. A name that stands for another brand of the list
    already goes on to do so: the list may be changed after the brand was added, and must not stop every later run.
    """
    joined = list(brands)
    for brand in added:
        owners = _owners(joined)
        position = owners.get(fold_key(brand.canonical_name), len(joined))
        aliases = tuple(alias for alias in brand.aliases if owners.get(fold_key(alias), position) == position)
        joined = _put(joined, position, brand.model_copy(update={"aliases": aliases}))
    return tuple(joined)


def with_all_names(brands: Sequence[Brand], brand: Brand) -> tuple[Brand, ...]:
    """A list with one more brand, whatever it contradicts: what `brand_conflicts` is to judge."""
    position = _owners(brands).get(fold_key(brand.canonical_name), len(brands))
    return tuple(_put(brands, position, brand))


def owner_of(brands: Sequence[Brand], name: str) -> Brand | None:
    """The brand of a list that a name stands for."""
    position = _owners(brands).get(fold_key(name))
    return None if position is None else brands[position]


def _owners(brands: Sequence[Brand]) -> dict[str, int]:
    """Folded name -> position of the brand that has it."""
    owners: dict[str, int] = {}
    for position, brand in enumerate(brands):
        for name in brand.names:
            owners.setdefault(fold_key(name), position)
    return owners


def _put(brands: Sequence[Brand], position: int, brand: Brand) -> list[Brand]:
    """The list with the brand at its end, or with what it adds to the brand that stands at the position."""
    if position == len(brands):
        return [*brands, brand]
    known = brands[position]
    has = {fold_key(name) for name in known.names}
    aliases = (*known.aliases, *(alias for alias in brand.aliases if fold_key(alias) not in has))
    # An exclude that is one of the names could leave the brand without a match.
    exclude = (*known.exclude, *(e for e in brand.exclude if e not in known.exclude and fold_key(e) not in has))
    joined = known.model_copy(update={"aliases": aliases, "exclude": exclude})
    return [*brands[:position], joined, *brands[position + 1 :]]
