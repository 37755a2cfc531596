"""Run one stage of one timeline: list the recipes, reuse every part that exists, compute the rest segment by segment.

Whoever computes a part writes it before the next one, so a killed run loses at most one segment for each that works on it, and memory is
one segment's for each.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from threading import Lock
from typing import Any

from mpr_core.errors import InferenceUnavailable, RunLeft
from mpr_core.exact import canonical_digest
from mpr_core.inference.watch import Watch
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import DamagedRange, Node, NodePart, Provenance, Status, node_id
from mpr_core.runner.computing import PartComputer
from mpr_core.runner.context import Services, in_process
from mpr_core.runner.control import Border, Gate, no_gate
from mpr_core.runner.events import EventSink, no_events
from mpr_core.runner.inputs import check_inputs, consistent_ancestors
from mpr_core.runner.missing_parts import missing_parts
from mpr_core.runner.models_used import models_used
from mpr_core.runner.parts import Part, find_parts
from mpr_core.runner.planning import StagePlanning
from mpr_core.runner.progress import StageProgress
from mpr_core.runner.request import PartTask, StageRequest, StageWork
from mpr_core.runner.stage import Stage
from mpr_core.runner.telling import Telling
from mpr_core.stages.registry import STAGES
from mpr_core.timeline.segments import Segment, segments_of_timeline
from mpr_core.timeline.timeline import Timeline


def run_stage(request: StageRequest, services: Services, events: EventSink = no_events, gate: Gate = no_gate) -> Node:
    """Bring one stage of a timeline up to the request and return its node (also saved; heads are the caller's business).

    What the stage held open is closed at its end, so that memory is one stage's, not the sum of all.

    Raises:
        InputError: the parents do not belong together, are missing, or do not cover the timeline.
        RunLeft: the gate ended the run; finished segments stay.
        MprError: whatever the stage itself refuses; finished segments stay.
    """
    try:
        return _executed(request, services, events, gate)
    except RunLeft:  # no failure; the gate has said it
        raise
    except Exception as error:  # reported as an event, then re-raised untouched
        events(request.event("stage_failed", status="failed", message=str(error)))
        raise
    finally:
        services.inference.attend(Watch())
        if not services.keep_sessions:
            services.close()


def _executed(request: StageRequest, services: Services, events: EventSink, gate: Gate) -> Node:
    """The stage's node; where the profile says so, without its inference host."""
    try:
        return _StageRun(request, services, events, gate).execute()
    except InferenceUnavailable as error:
        if request.in_process_after_s is None:
            raise
        away = f"{error.what} ({error.where}): the stage is done in-process, as the profile's pipeline.in_process_after_s says"
        events(request.event("log", level="warning", message=away))
    # The models here may be others, and so are the recipes then: whatever was not finished under the same ones is computed.
    own = replace(services, inference=in_process())
    try:
        return _StageRun(request, own, events, gate).execute()
    finally:
        own.inference.close()


class _StageRun:
    def __init__(self, request: StageRequest, services: Services, events: EventSink, gate: Gate) -> None:
        self.stage: Stage = STAGES[request.stage]
        # In the stage's own order, whatever the caller's: recipes are hashed from it.
        parents = {name: request.parents[name] for name in self.stage.needs if name in request.parents}
        self.request, self.services, self.events = replace(request, parents=parents), services, events
        self.gate = gate
        self.store = services.media_out
        self.catalog = Catalog(self.store)
        self.telling = Telling(request.event, events, request.timeline)
        self.progress: StageProgress | None = None
        self._at_gate = Lock()

    def execute(self) -> Node:
        stage, config = self.stage, self.request.config
        check_inputs(stage, self.request.parents, self.request.timeline)
        ancestors = consistent_ancestors(stage, self.request.parents)
        self.gate(Border(stage.name))
        self.services.inference.attend(self._watch())
        models, reason = models_used(stage, self.request, self.services)
        effective = config.model_dump(mode="json")
        tasks = self._tasks(effective, models, reason)
        tasks = tasks if reason else self._planned(tasks, models)
        progress = self.progress = StageProgress(
            self.request.event, self.events, [t.segment for t in tasks], self.request.timeline
        )
        parts = find_parts(self.store, stage.name, [task.recipe for task in tasks])
        if None in parts:
            progress.frames = self._frames(len(tasks))
        progress.start(reused=[i for i, part in enumerate(parts) if part is not None])
        work = StageWork(self.request, effective, models, reason)
        self._compute_missing(work, tasks, parts, progress)
        done = [part for part in parts if part is not None]
        node = self._node(tasks, done, ancestors, effective, models, reason, progress)
        if stage.module().PAYLOAD.ASKS_MODELS:
            self.telling.spent(node)
        progress.finish(node)
        return node

    def _compute_missing(
        self, work: StageWork, tasks: list[PartTask], parts: list[Part | None], progress: StageProgress
    ) -> None:
        """Fill in the parts that are not there, each recipe once: a timeline may show a chunk twice."""
        todo: dict[str, list[PartTask]] = {}
        for task in tasks:
            if parts[task.index] is None:
                todo.setdefault(task.recipe, []).append(task)
        queue = deque(same[0] for same in todo.values())
        computer = PartComputer(work, self.services, self.telling)
        for part, seconds in missing_parts(queue, computer, self.events, lambda: self._pass_gate(progress)):
            first, *again = todo[part.recipe]
            if seconds is None:
                progress.reused(first.index)
            else:
                progress.computed(first.index, seconds, part.counts)
            for task in again:
                progress.reused(task.index)
            for task in (first, *again):
                parts[task.index] = part

    def _pass_gate(self, progress: StageProgress) -> None:
        """Ask whether to go on; the time that the run was held counts for nothing."""
        with self._at_gate:
            began = time.monotonic()
            self.gate(Border(self.stage.name, progress.segments_done, progress.segments_total))
            progress.held(time.monotonic() - began)

    def _watch(self) -> Watch:
        """What whoever infers may tell the run, and where the run may be held or left meanwhile: its segment is not written yet."""

        def border() -> None:
            if self.progress is None:
                self.gate(Border(self.stage.name, 0, len(self._segments())))
            else:
                self._pass_gate(self.progress)  # on the thread of a segment, of which there may be several

        return Watch(self.telling.say, self.telling.warn, border, self.request.in_process_after_s)

    def _tasks(self, effective: dict[str, Any], models: dict[str, str], reason: str | None) -> list[PartTask]:
        stage, request = self.stage, self.request
        base = [stage.name, stage.version, effective, models, reason]
        if stage.scope == "timeline":
            parents = {name: node.id for name, node in request.parents.items()}
            context = [[n.id, n.status, n.reason, n.config_changes] for n in request.parents.values()]
            recipe = canonical_digest(
                [*base, _identity(request.timeline), request.profile, context, request.config_changes]
            )
            return [PartTask(0, recipe, None, parents)]
        segments = self._segments()
        tasks = []
        for index, segment in enumerate(segments):
            chunk = request.timeline.chunks[segment.chunk_index]
            parents = {name: node.parts[index].recipe for name, node in request.parents.items()}
            place = [chunk.digest, segment.start_s, segment.end_s, chunk.offset_s]
            tasks.append(PartTask(index, canonical_digest([*base, place, parents]), segment, parents))
        return tasks

    def _planned(self, tasks: list[PartTask], models: dict[str, str]) -> list[PartTask]:
        """The tasks with what the stage's plan decided for each, which makes other recipes; as they are where the stage has none."""
        if any(task.segment is None for task in tasks):
            return tasks
        planning = StagePlanning(self.request, self.services, self.telling, self.events, self.gate)
        made_from = [_identity(self.request.timeline), [task.recipe for task in tasks]]
        values = planning.values(self.stage, made_from, models, len(tasks))
        if values is None:
            return tasks
        return [
            replace(task, recipe=canonical_digest([task.recipe, "plan", value]), plan=value)
            for task, value in zip(tasks, values, strict=True)
        ]

    def _frames(self, tasks: int) -> list[float]:
        """Sampled frames of each task, for the speed of a stage; empty where they are not known yet."""
        known = self.request.parents.get("extract_frames")
        identity = next((n.ancestors["extract_frames"] for n in self.request.parents.values() if n.ancestors), None)
        if known is None and identity is not None:
            known = self.catalog.node(self.request.timeline.id, "extract_frames", identity)
        if known is None:
            return []
        frames = [part.counts.get("frames", 0.0) for part in known.parts]
        return frames if len(frames) == tasks else [sum(frames)]

    def _segments(self) -> list[Segment]:
        if not self.stage.needs:
            return segments_of_timeline(self.request.timeline, self.request.config.segment_s)  # type: ignore[attr-defined]
        first = self.request.parents[self.stage.needs[0]]
        return [part.segment for part in first.parts if part.segment is not None]

    def _node(
        self,
        tasks: list[PartTask],
        parts: list[Part],
        ancestors: dict[str, str],
        effective: dict[str, Any],
        models: dict[str, str],
        reason: str | None,
        progress: StageProgress,
    ) -> Node:
        request, stage = self.request, self.stage
        parents = {name: node.id for name, node in request.parents.items()}
        status: Status = "skipped" if reason else "done"
        recipes = [task.recipe for task in tasks]
        identity = node_id(request.timeline.id, stage.name, stage.version, parents, recipes)
        node = Node(
            id=identity,
            timeline=request.timeline.id,
            stage=stage.name,
            stage_version=stage.version,
            status=status,
            reason=reason or "",
            config=effective,
            config_changes=dict(request.config_changes),
            models=models,
            parents=parents,
            ancestors=ancestors,
            parts=tuple(
                NodePart(recipe=t.recipe, segment=t.segment, counts=p.counts) for t, p in zip(tasks, parts, strict=True)
            ),
            counts=_summed(parts),
            damaged=damaged_ranges(request.timeline),
            provenance=Provenance(
                run_id=request.run_id,
                run_type=request.run_type,
                profile=request.profile,
                compute_s=round(progress.compute_s, 3),
                parts_computed=progress.parts_computed,
                parts_reused=progress.parts_reused,
            ),
        )
        self._record(node)
        return node

    def _record(self, node: Node) -> None:
        """Save a new node. One that is there keeps how it was computed; what it is compared with is said anew, as a profile may change."""
        known = self.catalog.node(node.timeline, node.stage, node.id)
        if known is None:
            self.catalog.save_node(node)
            return
        said = {"config_changes": node.config_changes, "reason": node.reason}
        made = known.provenance.model_copy(update={"profile": node.provenance.profile})
        current = known.model_copy(update=said | {"provenance": made})
        if current != known:
            self.catalog.save_node(current)


def damaged_ranges(timeline: Timeline) -> tuple[DamagedRange, ...]:
    """What of the timeline's chunks could not be used."""
    return tuple(
        DamagedRange(
            chunk_key=chunk.key,
            from_s=round(float(start + chunk.duration_s), 6),
            reason=chunk.probe.damage_reason or "damaged",
        )
        for chunk, start in zip(timeline.chunks, timeline.starts_s(), strict=True)
        if chunk.probe.damaged_from_s is not None
    )


def _identity(timeline: Timeline) -> list[Any]:
    return [timeline.id, [[c.key, c.digest, c.offset_s, c.duration_s] for c in timeline.chunks]]


def _summed(parts: list[Part]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, value in part.counts.items():
            total[name] = total.get(name, 0) + value
    return total
