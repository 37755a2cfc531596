"""Naming nodes. Within a timeline a label names one node; it is moved only when that is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Label, Node
from mpr_core.lineage.references import check_label_name, find_node


@dataclass(frozen=True)
class Labelled:
    """A label as it now is, and the one it replaced, if it named another node."""

    label: Label
    before: Label | None


def put_label(catalog: Catalog, node: Node, name: str, *, move: bool) -> Labelled:
    """Name a node.

    Raises:
        InputError: the name cannot be a label, or names another node already and `move` was not asked for.
    """
    check_label_name(name)
    known = next((label for label in catalog.labels(node.timeline) if label.name == name), None)
    if known is not None and (known.stage, known.node) == (node.stage, node.id):
        return Labelled(known, None)
    if known is not None and not move:
        raise InputError(
            "the label is taken",
            where=name,
            why=f"in {node.timeline} it names {known.stage} {known.node}",
            remedy="add --move to give it to the other node, or choose another name",
        )
    made = Label(name=name, timeline=node.timeline, stage=node.stage, node=node.id)
    catalog.save_label(made)
    return Labelled(made, known)


def remove_label(catalog: Catalog, reference: str, name: str, timeline_id: str | None = None) -> Label:
    """Take a name away from a node; the node may be gone.

    Args:
        reference: the node, or the label itself once more.
    Raises:
        UnknownTimeline: there is no such timeline.
        InputError: there is no such label, several timelines have it, or it names another node.
    """
    if timeline_id is not None:
        catalog.timeline(timeline_id)
    timelines = catalog.timelines() if timeline_id is None else [timeline_id]
    found = [label for timeline in timelines for label in catalog.labels(timeline) if label.name == name]
    if len(found) > 1 and reference != name:
        found = [label for label in found if label.node.startswith(reference)] or found
    if not found:
        raise InputError(
            "no such label",
            where=name,
            why="no node has it" if timeline_id is None else f"no node of {timeline_id} has it",
            remedy="mpr scenarios lists the labels",
        )
    if len(found) > 1:
        owners = ", ".join(label.timeline for label in found)
        raise InputError("several timelines have the label", where=name, why=owners, remedy="name it with --timeline")
    label = found[0]
    if reference != name and not label.node.startswith(reference):
        node = find_node(catalog, reference, timeline_id=label.timeline)
        if node.id != label.node:
            raise InputError(
                "the label names another node",
                where=name,
                why=f"it names {label.stage} {label.node}, not {node.stage} {node.id}",
                remedy=f"mpr label {label.node} {name} --delete",
            )
    catalog.delete_label(label)
    return label
