"""What differs between two nodes of a stage, field by field, and the same in words: `min_score 80 -> 88`, `brands +Globex -Acme`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mpr_core.lineage.node import Node
from mpr_core.record import Record
from mpr_core.runner.inputs import chunks_of
from mpr_core.stages.registry import STAGES

_MOST_NAMES = 3
_MOST_CHARACTERS = 40
_DIGEST_DIGITS = 8


class Difference(Record):
    """One field that differs.

    Attributes:
        before: None with `was_known` False: only the new value is known, as in what a node keeps of its difference from the profile.
        added, removed, changed: entries of a list of named things, for which `before` and `after` are None.
    """

    field: str
    before: Any = None
    after: Any = None
    was_known: bool = True
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        entries = [*_signed("+", self.added), *_signed("-", self.removed), *_signed("~", self.changed)]
        if entries:
            return f"{self.field} {' '.join(entries)}"
        if not self.was_known:
            return f"{self.field} = {_plain(self.after)}"
        return f"{self.field} {_plain(self.before)} -> {_plain(self.after)}"


def in_words(differences: Sequence[Difference]) -> str:
    """All of them on one line; empty for none."""
    return ", ".join(difference.words for difference in differences)


def node_differences(before: Node, after: Node) -> tuple[Difference, ...]:
    """Everything that makes `after` another node than `before`, both of one stage: version, source video, models, outcome, settings."""
    found = []
    if before.stage_version != after.stage_version:
        found.append(Difference(field="stage version", before=before.stage_version, after=after.stage_version))
    chunks = [digest for _, digest in chunks_of(before)], [digest for _, digest in chunks_of(after)]
    if chunks[0] != chunks[1]:
        found.append(_of_chunks(*chunks))
    if STAGES[after.stage].scope == "timeline" and before.provenance.profile != after.provenance.profile:
        found.append(Difference(field="profile", before=before.provenance.profile, after=after.provenance.profile))
    for name in sorted({*before.models, *after.models}):
        if before.models.get(name) != after.models.get(name):
            models = {"before": _model(before.models.get(name)), "after": _model(after.models.get(name))}
            found.append(Difference(field=f"model {name}", **models))
    settings = config_differences(before.config, after.config)
    if (before.status, before.reason) != (after.status, after.reason) and not any(
        d.field == "enabled" for d in settings
    ):
        found.append(Difference(field="outcome", before=_outcome(before), after=_outcome(after)))
    return (*found, *settings)


def config_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields of two configs that differ, in the order of the newer; a field that one of them lacks counts as none there."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        _of_field(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def stated_changes(node: Node) -> tuple[Difference, ...]:
    """What a node says of its difference from its profile; the profile's own values are not kept there."""
    found = []
    for name, value in node.config_changes.items():
        names = _names(value)
        after = value if names is None else f"{len(names)} entries"
        found.append(Difference(field=name, after=after, was_known=False))
    return tuple(found)


def _of_field(name: str, before: Any, after: Any) -> Difference:
    old, new = _names(before), _names(after)
    if old is None or new is None:
        return Difference(field=name, before=before, after=after)
    added, removed = tuple(n for n in new if n not in old), tuple(n for n in old if n not in new)
    changed = tuple(n for n in new if n in old and new[n] != old[n])
    if added or removed or changed:
        return Difference(field=name, added=added, removed=removed, changed=changed)
    return Difference(field=f"{name}, their order", before="one", after="another")


def _names(value: Any) -> dict[str, Any] | None:
    """The entries of a brand list by name; None for anything else."""
    if isinstance(value, list | tuple) and all(isinstance(v, Mapping) and "canonical_name" in v for v in value):
        return {str(entry["canonical_name"]): entry for entry in value}
    return None


def _of_chunks(before: list[str], after: list[str]) -> Difference:
    if len(before) == len(after):
        return Difference(field="source video", before="other files", after="these")
    return Difference(field="chunks", before=len(before), after=len(after))


def _outcome(node: Node) -> str:
    return f"skipped ({node.reason})" if node.status == "skipped" else node.status


def _model(described: str | None) -> str | None:
    """A model's digest cut short, as much of it as tells two apart."""
    if described is None:
        return None
    return " ".join(word[:_DIGEST_DIGITS] if len(word) >= 32 and word.isalnum() else word for word in described.split())


def _signed(sign: str, names: Sequence[str]) -> list[str]:
    more = len(names) - _MOST_NAMES
    return [f"{sign}{name}" for name in names[:_MOST_NAMES]] + ([f"{sign}{more} more"] if more > 0 else [])


def _plain(value: Any) -> str:
    """A value as a person would write it in `--set`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    if isinstance(value, str) and _is_fraction(text):
        exact = Fraction(text)
        text = str(exact.numerator) if exact.denominator == 1 else text
    return (text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + "...") or "''"


def _is_fraction(text: str) -> bool:
    above, slash, below = text.partition("/")
    return bool(slash) and above.lstrip("-").isdigit() and below.isdigit() and int(below) > 0
