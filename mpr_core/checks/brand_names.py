"""The names that a match_brands node was given."""

from __future__ import annotations

from collections.abc import Iterable

from mpr_core.lineage.node import Node


def listed(matching: Node) -> set[str]:
    """The canonical names of the brand list."""
    return {brand["canonical_name"] for brand in matching.config["brands"]}


def unlisted(names: Iterable[str], matching: Node) -> list[str]:
    """Those names that the list does not have, sorted."""
    return sorted(set(names) - listed(matching))
