"""What differs in how two sides were made: knobs, stage versions, models, statuses, and the brand list name by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from mpr_core.compare.model import BrandEdit, Lineage, NodeChange
from mpr_core.lineage.node import Node
from mpr_core.report.model import Report

_BRANDS = ("match_brands", "brands")
_LONGEST_VALUE = 40


def lineage_of_nodes(a: Mapping[str, Node], b: Mapping[str, Node]) -> Lineage:
    """The differences between two branches.

    Args:
        a, b: stage -> node, for every stage of the branch, in order.
    """
    common = [stage for stage in a if stage in b and a[stage].id != b[stage].id]
    changes: list[NodeChange] = []
    for stage in common:
        changes += _node_changes(a[stage], b[stage])
    lists = [nodes["match_brands"].config.get("brands", []) for nodes in (a, b) if "match_brands" in nodes]
    edits = brand_edits(*lists) if len(lists) == 2 else []
    return Lineage(stages=tuple(common), changes=tuple(changes), brands=tuple(edits))


def lineage_of_reports(a: Report, b: Report) -> Lineage:
    """What two reports say of how they were made: settings off their profiles, statuses, the names searched for."""
    ours, theirs = ({stage.name: stage for stage in report.stages} for report in (a, b))
    changes: list[NodeChange] = []
    for name in (stage for stage in ours if stage in theirs):
        one, other = ours[name], theirs[name]
        changes += _knobs(name, one.config_changes, other.config_changes)
        if one.status != other.status:
            changes.append(_change(name, "status", "", one.status, other.status))
    edits = [BrandEdit(brand=n, change="removed", detail="") for n in a.brand_list if n not in set(b.brand_list)]
    edits += [BrandEdit(brand=n, change="added", detail="") for n in b.brand_list if n not in set(a.brand_list)]
    return Lineage(stages=(), changes=tuple(changes), brands=tuple(edits))


def brand_edits(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> list[BrandEdit]:
    """Names added, removed and changed between two brand lists as node configs hold them; their order is no difference."""
    ours, theirs = ({brand["canonical_name"]: brand for brand in brands} for brands in (a, b))
    edits = [BrandEdit(brand=name, change="removed", detail="") for name in ours if name not in theirs]
    edits += [BrandEdit(brand=name, change="added", detail="") for name in theirs if name not in ours]
    for name in (name for name in ours if name in theirs):
        details = [
            *_listed("alias", ours[name].get("aliases", ()), theirs[name].get("aliases", ())),
            *_listed("exclude", ours[name].get("exclude", ()), theirs[name].get("exclude", ())),
        ]
        if details:
            edits.append(BrandEdit(brand=name, change="changed", detail=", ".join(details)))
    return edits


def in_words(change: NodeChange) -> str:
    """`match_brands.min_score 80 -> 88`."""
    what = {"knob": f".{change.field}", "version": " version", "status": "", "model": f" model {change.field}"}
    return f"{change.stage}{what[change.what]} {value_text(change.a)} -> {value_text(change.b)}"


def edit_in_words(edit: BrandEdit) -> str:
    """`brand list: Vantelo added`."""
    return f"brand list: {edit.brand} {edit.detail if edit.change == 'changed' else edit.change}"


def _node_changes(a: Node, b: Node) -> Iterable[NodeChange]:
    yield from _knobs(a.stage, a.config, b.config)
    if a.stage_version != b.stage_version:
        yield _change(a.stage, "version", "", a.stage_version, b.stage_version)
    for name in sorted({*a.models, *b.models}):
        if a.models.get(name) != b.models.get(name):
            yield _change(a.stage, "model", name, a.models.get(name), b.models.get(name))
    if a.status != b.status:
        yield _change(a.stage, "status", "", a.status, b.status)


def _knobs(stage: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[NodeChange]:
    """Every field that differs; the brand list is told name by name instead."""
    fields = [name for name in dict.fromkeys([*a, *b]) if a.get(name) != b.get(name) and (stage, name) != _BRANDS]
    return [_change(stage, "knob", name, a.get(name), b.get(name)) for name in fields]


def _change(stage: str, what: Literal["knob", "version", "model", "status"], field: str, a: Any, b: Any) -> NodeChange:
    return NodeChange(stage=stage, what=what, field=field, a=a, b=b)


def _listed(kind: str, a: Sequence[str], b: Sequence[str]) -> list[str]:
    words = [f"{kind} {name!r} removed" for name in a if name not in b]
    return words + [f"{kind} {name!r} added" for name in b if name not in a]


def value_text(value: Any) -> str:
    """A setting as a person would write it, cut where it is long."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value).removesuffix("/1") or "''"  # an exact fraction that is a whole number ends in /1
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
