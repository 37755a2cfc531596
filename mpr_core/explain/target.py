"""The brand that is asked for: one of the branch's list by any of its names, or one that is on no list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from mpr_core.brands.brand_list import MAX_NAME_CHARS, Brand
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.normalise import fold_key
from mpr_core.errors import InputError


@dataclass(frozen=True)
class Target:
    """What is looked for, and the config of match_brands with it on the list.

    Attributes:
        listed: whether the branch's own list has it.
        nearest: the nearest name on that list, '' for an empty one.
    """

    brand: Brand
    listed: bool
    nearest: str
    config: MatchBrandsConfig


def find_target(name: str, config: MatchBrandsConfig) -> Target:
    """The brand of a name or alias; case, accents and spacing tell no names apart.

    Raises:
        InputError: the name has no letter or digit, or is longer than a brand's may be.
    """
    key = fold_key(name)
    if not key or len(name) > MAX_NAME_CHARS:
        why = "it has no letter or digit" if not key else f"it is longer than {MAX_NAME_CHARS} characters"
        raise InputError(
            "not a brand's name", where=repr(name[:60]), why=why, remedy="--brand takes a name as it is read"
        )
    for brand in config.brands:
        if key in {fold_key(known) for known in brand.names}:
            return Target(brand, True, brand.canonical_name, config)
    brand = Brand(canonical_name=name)
    return Target(
        brand, False, _nearest(name, config.brands), config.model_copy(update={"brands": (*config.brands, brand)})
    )


def _nearest(name: str, brands: Sequence[Brand]) -> str:
    keys = {known: fold_key(known) for brand in brands for known in brand.names}
    found = process.extractOne(fold_key(name), keys, scorer=fuzz.ratio)
    return "" if found is None else str(found[2])
