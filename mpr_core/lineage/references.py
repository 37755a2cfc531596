"""What a user may write for a node: its id or the beginning of it, a label, a stage's name or `head` for where it stands;
and the report that a node stands for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mpr_core.errors import InputError, UnknownNode
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Label, Node
from mpr_core.stages.registry import STAGES, downstream

HEAD = "head"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_REPORT = "compile_report"
_ID = re.compile(r"[0-9a-f]{4,16}")
_TOO_SHORT = re.compile(r"[0-9a-f]{1,3}")
_ID_DIGITS = 16
_MOST_NAMED = 8


def is_node_id(text: str) -> bool:
    """Whether a text is a node's whole id."""
    return len(text) == _ID_DIGITS and _ID.fullmatch(text) is not None


def check_label_name(name: str) -> str:
    """The name itself, if it can be a file name and is no other way of naming a node.

    Raises:
        InputError: it is a stage's name, `head`, reads like a node's id, or has other characters.
    """
    if not _LABEL.fullmatch(name) or ".." in name:
        why = "1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or digit, and no '..'"
    elif name in STAGES or name == HEAD:
        why = "it names a stage's head"
    elif _ID.fullmatch(name):
        why = "it reads like a node's id"
    else:
        return name
    raise InputError("not a label", where=repr(name), why=why, remedy="choose another name, for example strict-88")


def find_node(catalog: Catalog, reference: str, *, timeline_id: str | None = None, stage: str | None = None) -> Node:
    """The one node that a user's word means.

    Args:
        reference: a label, `head`, a stage's name (its head), or a node's id, of which the first 4 digits are enough if they fit one only.
        timeline_id: where to look; None: in every timeline.
        stage: what `head` stands for; None: compile_report.
    Raises:
        UnknownTimeline: there is no such timeline.
        UnknownNode: nothing fits, or several do; the message names them.
    """
    if timeline_id is not None:
        catalog.timeline(timeline_id)
    timelines = catalog.timelines() if timeline_id is None else [timeline_id]
    if reference == HEAD or reference in STAGES:
        return _head(catalog, timelines, (stage or _REPORT) if reference == HEAD else reference)
    labels = [label for name in timelines for label in catalog.labels(name) if label.name == reference]
    found = [(label.timeline, label.stage, label.node) for label in labels]
    if not found and _ID.fullmatch(reference):
        found = [(t, s, i) for t in timelines for s, i in catalog.node_ids(t) if i.startswith(reference)]
    if len(found) > 1:
        several = [f"{s} {i} of {t}" for t, s, i in found]
        raise _unknown("fits several nodes", reference, _some(several), "write more of the id, or name the timeline")
    node = catalog.node(*found[0]) if found else None
    if node is None:
        raise _unknown(
            "no such node", reference, _nearest(catalog, timelines, labels, reference), _checkpoints(timeline_id)
        )
    return node


def report_of(catalog: Catalog, node: Node) -> Node:
    """The report that a node stands for: itself, or of those that rest on it the timeline's head, else the newest.

    Raises:
        InputError: no report rests on it.
    """
    if node.stage == _REPORT:
        return node
    identities = [identity for stage, identity in catalog.node_ids(node.timeline) if stage == _REPORT]
    found = [catalog.node(node.timeline, _REPORT, identity) for identity in identities]
    reports = [report for report in found if report is not None and report.ancestors.get(node.stage) == node.id]
    if not reports:
        raise InputError(
            "no report rests on that node",
            where=f"{node.stage} {node.id} of {node.timeline}",
            why="compile_report never ran on its branch, or was deleted",
            remedy=f"mpr replay {node.timeline} --stage {downstream(node.stage)[0]} --from {node.id} makes one",
        )
    head = catalog.head_id(node.timeline, _REPORT)
    return max(reports, key=lambda report: (report.id == head, report.provenance.created_at, report.id))


def _head(catalog: Catalog, timelines: Sequence[str], stage: str) -> Node:
    if len(timelines) != 1:
        raise _unknown("whose head is meant", stage, f"there are {len(timelines)} timelines", "name the timeline")
    node = catalog.head(timelines[0], stage)
    if node is None:
        raise _unknown(
            "no such node", stage, f"{stage} never ran on {timelines[0]}, or has no head", f"mpr run {timelines[0]}"
        )
    return node


def _nearest(catalog: Catalog, timelines: Sequence[str], broken: Sequence[Label], reference: str) -> str:
    if broken:
        return f"the label stands for {broken[0].stage} {broken[0].node}, which is gone"
    if _TOO_SHORT.fullmatch(reference):
        return "it is no label and no stage, and of an id at least 4 digits are needed"
    labels = [label.name for name in timelines for label in catalog.labels(name)]
    known = f"the labels are {_some(labels)}" if labels else "there are no labels yet"
    return f"it is no label, no stage, and no node's id begins with it; {known}"


def _checkpoints(timeline_id: str | None) -> str:
    return f"mpr checkpoints {timeline_id or 'TIMELINE'} lists the nodes"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _unknown(what: str, where: str, why: str, remedy: str) -> UnknownNode:
    return UnknownNode(what, where=where, why=why, remedy=remedy)
