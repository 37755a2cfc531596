"""Whether a stage's inputs are there, belong together, and are of the timeline as it is now."""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.errors import InputError
from mpr_core.lineage.node import Node
from mpr_core.runner.stage import Stage
from mpr_core.timeline.timeline import Timeline


def check_inputs(stage: Stage, parents: Mapping[str, Node], timeline: Timeline) -> None:
    """Refuse inputs that are missing, or that were made before the timeline's chunks became what they are.

    Raises:
        InputError: naming the stages to run again. Without this, source video that was never looked at would be
            reported as showing nothing.
    """
    missing = [name for name in stage.needs if name not in parents]
    if missing:
        raise InputError(
            "a stage has no input",
            where=stage.name,
            why=f"{', '.join(missing)} never ran on this timeline",
            remedy="materialize the stages before it first, or run the whole job",
        )
    now = [(index, chunk.digest) for index, chunk in enumerate(timeline.chunks)]
    stale = [name for name, node in parents.items() if chunks_of(node) != now]
    if stale:
        raise InputError(
            "inputs are of other source video than the timeline now has",
            where=stage.name,
            why=f"{', '.join(stale)} ran before chunks were added or changed",
            remedy=f"run the whole job (mpr run {timeline.id}); unchanged parts are reused",
        )


def consistent_ancestors(stage: Stage, parents: Mapping[str, Node]) -> dict[str, str]:
    """Every stage the parents rest on, each at one node.

    Raises:
        InputError: two parents rest on different nodes of one stage.
    """
    ancestors: dict[str, tuple[str, str]] = {}
    for name, node in parents.items():
        for ancestor, identity in (node.ancestors | {name: node.id}).items():
            known, by = ancestors.setdefault(ancestor, (identity, name))
            if known != identity:
                raise InputError(
                    "inputs do not belong together",
                    where=stage.name,
                    why=f"{by} and {name} rest on different results of {ancestor}",
                    remedy=f"materialize the stages between {ancestor} and {stage.name} again; unchanged parts are reused",
                )
    return {name: identity for name, (identity, _) in ancestors.items()}


def chunks_of(node: Node) -> list[tuple[int, str]]:
    """Number and digest of every chunk a node has parts of, in order."""
    places = ((part.segment.chunk_index, part.segment.chunk_digest) for part in node.parts if part.segment is not None)
    return list(dict.fromkeys(places))
