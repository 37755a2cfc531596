"""The parts of a stage that are not there yet, computed here, by workers where that pays, several at once where a host infers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from mpr_core.errors import RunLeft
from mpr_core.inference.watch import Watch
from mpr_core.runner.computing import Made, PartComputer, made_part
from mpr_core.runner.events import EventSink, no_events
from mpr_core.runner.request import PartTask
from mpr_core.runner.worker import Assignment
from mpr_core.runner.workers import Workers

LEAST_SHARED = 16
"""Fewer parts are done before a worker has started."""


def missing_parts(
    tasks: deque[PartTask], computer: PartComputer, events: EventSink, gate: Callable[[], None]
) -> Iterator[Made]:
    """Each task's part as it gets there, in no order that could be relied on.

    Args:
        gate: asked before each piece of work is begun here or handed out.
    Raises:
        MprError: whatever the stage refuses, or the gate raises; what is finished stays.
    """
    workers = _workers(computer, len(tasks))
    at_once = computer.services.inference.segments_at_once if computer.work.stage.infers else 1
    if at_once > 1 and computer.work.skipped_because is None:
        yield from _several_at_once(tasks, computer, gate, at_once)
        return
    if workers is None:
        while tasks:
            gate()
            yield made_part(tasks.popleft(), computer)
        return
    services = replace(computer.services, sessions={}, workers=None)
    workers.assign(Assignment(computer.work, services, tells=events is not no_events))
    try:
        while tasks or workers.busy:
            if tasks:
                gate()
                workers.hand_out(tasks)
            if tasks:
                yield made_part(tasks.popleft(), computer)
            for answer in workers.answers(wait=not tasks):
                if answer.part is None:  # its error, if it has one, is to be raised here
                    yield made_part(answer.task, computer)
                    continue
                for event in answer.events:
                    events(event)
                yield answer.part, answer.seconds
    finally:
        if workers.busy:
            workers.close()


def _several_at_once(
    tasks: deque[PartTask], computer: PartComputer, gate: Callable[[], None], at_once: int
) -> Iterator[Made]:
    """The parts of a stage whose work is done elsewhere: while one is begun or finished here, another is there."""

    def leave() -> None:
        raise RunLeft("the run has ended")

    with ThreadPoolExecutor(at_once, thread_name_prefix="segment") as threads:
        pending: deque[Future[Made]] = deque()
        try:
            while tasks or pending:
                while tasks and len(pending) < at_once:
                    gate()
                    pending.append(threads.submit(made_part, tasks.popleft(), computer))
                yield pending.popleft().result()
        except BaseException:  # whatever interrupts: segments under way may not go on waiting for their host
            for future in pending:
                future.cancel()
            computer.services.inference.attend(Watch(border=leave))
            raise


def _workers(computer: PartComputer, tasks: int) -> Workers | None:
    services, work = computer.services, computer.work
    worth_it = tasks >= LEAST_SHARED and work.stage.python_bound and work.skipped_because is None
    shared = services.media_in.reachable_by_others and services.media_out.reachable_by_others
    return services.workers if worth_it and shared and services.workers and services.workers.count else None
