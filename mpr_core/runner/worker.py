"""One more pair of hands: a process that computes parts for a run, started by `workers`.

Orders come in at standard input and answers go out at standard output, pickled: both ends are this program, and nothing of it is kept.
It ends when its standard input does, so it outlives its run by one part at most, however that run ended.
"""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass, field
from typing import BinaryIO

from mpr_core.runner.computing import PartComputer, made_part
from mpr_core.runner.context import Services
from mpr_core.runner.events import Event, EventSink, no_events
from mpr_core.runner.parts import Part
from mpr_core.runner.request import PartTask, StageWork
from mpr_core.runner.telling import Telling


@dataclass(frozen=True)
class Assignment:
    """The stage run that the next tasks belong to.

    Attributes:
        tells: whether anyone listens to the run's events.
    """

    work: StageWork
    services: Services
    tells: bool


@dataclass(frozen=True)
class Answer:
    """What became of a task.

    Attributes:
        part: None when it could not be computed; whoever asked computes it again, where the error belongs.
        seconds: what computing it took; None: another run had made it meanwhile.
    """

    task: PartTask
    part: Part | None
    seconds: float | None = None
    events: list[Event] = field(default_factory=list)


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Compute what is ordered until the orders end."""
    computer: PartComputer | None = None
    told: list[Event] = []
    while True:
        try:
            order = pickle.load(orders)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        if isinstance(order, Assignment):
            computer = _computer(order, told)
        else:
            told.clear()
            pickle.dump(_answer(computer, order, told), answers)
            answers.flush()


def _computer(assignment: Assignment, told: list[Event]) -> PartComputer:
    request = assignment.work.request
    sink: EventSink = told.append if assignment.tells else no_events
    return PartComputer(assignment.work, assignment.services, Telling(request.event, sink, request.timeline))


def _answer(computer: PartComputer | None, task: PartTask, told: list[Event]) -> Answer:
    if computer is None:
        return Answer(task, None)
    try:
        part, seconds = made_part(task, computer)
        return Answer(task, part, seconds, list(told))
    except Exception:  # noqa: BLE001 - whatever it is, it is raised again in the run's own process, which can say it
        return Answer(task, None)


def main() -> None:
    """Serve standard input."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not fall between two answers
    try:
        serve(sys.stdin.buffer, answers)
    finally:
        os._exit(0)  # whoever waits for this process need not wait for the interpreter to put everything away
