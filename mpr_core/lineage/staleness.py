"""Why a stage's head is not what a plain run would give now.

Looked at are the settings, the stages' versions, the source video and what rests on what. Whether a model file was exchanged, or a service
has been configured since, only a run finds out.
"""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.lineage.differences import config_differences, in_words
from mpr_core.lineage.node import Node
from mpr_core.record import StageConfig
from mpr_core.runner.inputs import chunks_of
from mpr_core.stages.registry import STAGES
from mpr_core.timeline.timeline import Timeline


def stale_reasons(
    timeline: Timeline,
    heads: Mapping[str, Node | None],
    expected: Mapping[str, StageConfig],
    switched_off: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Stage -> reasons in words, for every stale head in stage order; a stage that never ran is not stale.

    Args:
        expected: every stage's config as the profile and the timeline's brand list now say (`effective_configs` without overrides).
        switched_off: stages that the environment switches off -> why.
    """
    found: dict[str, tuple[str, ...]] = {}
    for stage in STAGES:
        node = heads.get(stage)
        if node is None:
            continue
        reasons = [
            *_own_reasons(node, timeline, expected[stage], (switched_off or {}).get(stage)),
            *_reasons_below(node, heads, found),
        ]
        if reasons:
            found[stage] = tuple(reasons)
    return found


def _own_reasons(node: Node, timeline: Timeline, expected: StageConfig, off: str | None) -> list[str]:
    stage = STAGES[node.stage]
    reasons = []
    now = [(number, chunk.digest) for number, chunk in enumerate(timeline.chunks)]
    if stage.scope == "segment" and chunks_of(node) != now:
        reasons.append("the timeline's chunks changed")
    if node.stage_version != stage.version:
        reasons.append(f"stage version {node.stage_version}, now {stage.version}")
    if stage.scope == "timeline" and node.provenance.profile != timeline.profile:
        reasons.append(f"made with profile {node.provenance.profile}, the timeline's is {timeline.profile}")
    differences = config_differences(node.config, expected.model_dump(mode="json"))
    if differences:
        reasons.append(f"profile {timeline.profile} now says {in_words(differences)}")
    if off is not None and node.reason != off:
        reasons.append(f"is switched off now: {off}")
    return reasons


def _reasons_below(node: Node, heads: Mapping[str, Node | None], stale: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What of a node's foundation is not, or not any more, where its stages stand; the earliest of each kind tells."""
    moved = [s for s in STAGES if s in node.ancestors and not _is_head(heads.get(s), node.ancestors[s])]
    if moved:
        return [f"rests on {moved[0]} {node.ancestors[moved[0]][:8]}, {_instead(heads.get(moved[0]))}"]
    return [f"rests on {below}, which is stale" for below in [s for s in stale if s in node.ancestors][:1]]


def _is_head(head: Node | None, identity: str) -> bool:
    return head is not None and head.id == identity


def _instead(head: Node | None) -> str:
    return "which has no head" if head is None else f"but the head is {head.id[:8]}"
