"""Computing one part: its parents' payloads in, the stage's function, the part's files and record out."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pyarrow as pa

from mpr_core.runner.context import SegmentContext, Services, TimelineContext
from mpr_core.runner.node_parts import payload_of, table_of_part
from mpr_core.runner.parts import Part, file_records, find_parts, write_part
from mpr_core.runner.payload import Payload
from mpr_core.runner.request import PartTask, StageWork
from mpr_core.runner.telling import Telling

Made = tuple[Part, float | None]
"""A part, and the seconds that computing it took; None: another run had made it meanwhile."""


class PartComputer:
    """Computes and stores the parts of one stage run, one at a time."""

    def __init__(self, work: StageWork, services: Services, telling: Telling) -> None:
        self.work, self.services, self.telling = work, services, telling
        self.store = services.media_out

    def compute(self, task: PartTask) -> Part:
        """The part, written and told of.

        Raises:
            MprError: whatever the stage itself refuses, or a parent's part is gone.
        """
        work, stage, request = self.work, self.work.stage, self.work.request
        skipped = work.skipped_because is not None
        read = () if task.segment is None else stage.reads(skipped)
        given = {name: self._parent(name, task.index) for name in read}
        payload = self._payload(task, skipped, given)
        files = payload.files()
        damaged = None
        if task.segment is not None:
            at = request.timeline.chunks[task.segment.chunk_index].probe.damaged_from_s
            damaged = None if at is None else f"{at.numerator}/{at.denominator}"
        part = Part(
            recipe=task.recipe,
            stage=stage.name,
            stage_version=stage.version,
            status="skipped" if skipped else "done",
            reason=work.skipped_because or "",
            segment=task.segment,
            config=work.config,
            models=work.models,
            parents=task.parents,
            damaged_from_s=damaged,
            files=file_records(files),
            counts=payload.counts(),
        )
        write_part(self.store, part, files)
        if not skipped:
            self.telling.computed(task.index, part, payload, given)
        return part

    def _payload(self, task: PartTask, skipped: bool, given: Mapping[str, Payload]) -> Payload:
        request, stage, telling = self.work.request, self.work.stage, self.telling
        if task.segment is None:
            whole = TimelineContext(
                self.services,
                request.timeline,
                request.profile,
                dict(request.parents),
                self._parent_table,
                dict(request.config_changes),
                telling.say,
                telling.warn,
            )
            return stage.module().run(whole, request.config)
        chunk = request.timeline.chunks[task.segment.chunk_index]
        context = SegmentContext(self.services, chunk, task.segment, telling.say, telling.warn)
        planned = {} if skipped or stage.planning() is None else {"plan": task.plan}
        return stage.function(skipped)(context, request.config, **given, **planned)

    def _parent(self, name: str, index: int) -> Payload:
        return payload_of(self.store, self.work.request.parents[name], index)

    def _parent_table(self, name: str, index: int, table: str) -> pa.Table:
        return table_of_part(self.store, self.work.request.parents[name], index, table)


def made_part(task: PartTask, computer: PartComputer) -> Made:
    """A task's part: computed now, unless another run has made it since somebody looked."""
    if found := find_parts(computer.store, computer.work.stage.name, [task.recipe])[0]:
        return found, None
    began = time.perf_counter()
    return computer.compute(task), time.perf_counter() - began
