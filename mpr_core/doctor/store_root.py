"""One root of the store, by what it can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.probe import probe


def store_root(name: str, opened: Callable[[], ObjectStore]) -> Iterator[Diagnosis]:
    """Whether objects can be kept there, also large ones; what a store lacks that MPR can do without is said and is no fault.

    Args:
        name: the setting that names the root.
        opened: opens it, which may already fail.
    Raises:
        MprError: what the store says, or does otherwise than it was asked.
    """
    found = probe(opened(), large=True)
    can = ", ".join(c.name for c in found.capabilities if c.outcome == "yes")
    lacks = ", ".join(c.name for c in found.capabilities if c.outcome == "no")
    yield Diagnosis(
        name=name, state="ok", found=f"{found.url}: {can}" + (f"; has no {lacks}, not needed" if lacks else "")
    )
