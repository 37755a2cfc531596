"""Processes that compute parts beside the run's own, for stages that are Python alone and would keep one core busy.

A part is named by its recipe and written whole, so hands that work side by side need no lock. A worker that dies loses nothing: what it
had in hand is computed by the run itself.
"""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from typing import Any

from mpr_core.cores import cores
from mpr_core.runner.request import PartTask
from mpr_core.runner.worker import Answer, Assignment

_AHEAD = 2
"""Tasks in a worker's hands at a time: one that it computes, one that waits, so that it never does."""
_MOST = 7
_LAST_PART_S = 5.0
# Not `-m`: as `__main__` its classes would be others than those that the orders are made of.
_PROGRAM = "import sys; sys.path = sys.argv[1:]; from mpr_core.runner.worker import main; main()"


def spare_cores() -> int:
    """How many workers leave one core to the run itself; at most 7, for each takes memory."""
    return min(_MOST, cores() - 1)


class Workers:
    """Up to `count` processes, started when first needed.

    They read and write the store themselves, so it must be one that other processes reach.
    """

    def __init__(self, count: int) -> None:
        self.count = max(0, count)
        self._hands: list[_Hand] = []
        self._answers: queue.SimpleQueue[tuple[_Hand, Answer | None]] = queue.SimpleQueue()

    def start(self) -> None:
        """Start the processes, which takes them a second: worth doing before they are needed."""
        try:
            while len(self._hands) < self.count:
                self._hands.append(_Hand(self._answers))
        except OSError:  # no more processes or memory to be had: the run does without
            self.count = len(self._hands)

    @property
    def processes(self) -> list[int]:
        """Ids of the processes that live."""
        return [hand.process.pid for hand in self._hands if hand.process.poll() is None]

    def assign(self, assignment: Assignment) -> None:
        """Tell all workers what the next tasks belong to."""
        self.start()
        for hand in self._hands:
            hand.order(assignment)

    def hand_out(self, tasks: deque[PartTask]) -> None:
        """Give tasks from the end of the queue to workers that have room."""
        for _ in range(_AHEAD):
            for hand in self._hands:
                if tasks and hand.lives and len(hand.tasks) < _AHEAD:
                    hand.take(tasks.pop())

    @property
    def busy(self) -> bool:
        """Whether any task is out."""
        return any(hand.tasks for hand in self._hands)

    def answers(self, wait: bool) -> list[Answer]:
        """Answers that have come in; one without a part for every task that a dead worker had.

        Args:
            wait: if none is there yet and tasks are out, wait for one.
        """
        found: list[Answer] = []
        while self.busy:
            try:
                hand, answer = self._answers.get(block=wait and not found)
            except queue.Empty:
                break
            if answer is None:
                found += [Answer(task, None) for task in hand.tasks]
                hand.tasks.clear()
            else:
                hand.tasks.remove(answer.task)
                found.append(answer)
        return found

    def close(self) -> None:
        """Let each worker finish what it has in hand, and end; one that takes long is killed, for what it writes is no part yet."""
        for hand in self._hands:
            hand.dismiss()
        for hand in self._hands:
            hand.wait()
        self._hands.clear()
        self._answers = queue.SimpleQueue()


class _Hand:
    """One worker process and the thread that talks with it."""

    def __init__(self, answers: queue.SimpleQueue[tuple[_Hand, Answer | None]]) -> None:
        self.tasks: list[PartTask] = []
        self.lives = True
        self._answers = answers
        self._orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the run, which then lets its workers go
        )
        threading.Thread(target=self._talk, daemon=True, name=f"worker {self.process.pid}").start()

    def order(self, order: Assignment | PartTask) -> None:
        self._orders.put(order)

    def take(self, task: PartTask) -> None:
        self.tasks.append(task)
        self.order(task)

    def dismiss(self) -> None:
        self._orders.put(None)

    def wait(self) -> None:
        try:
            self.process.wait(_LAST_PART_S)
        except subprocess.TimeoutExpired:
            self.process.kill()  # what it was writing is no part yet
            self.process.wait()

    def _talk(self) -> None:
        try:
            self._pass_on()
        except Exception:  # noqa: BLE001 - whatever ended it, dead or unable to be told: the run computes its tasks, and can say why not
            self.lives = False
            self._answers.put((self, None))

    def _pass_on(self) -> None:
        orders, answers = self.process.stdin, self.process.stdout
        assert orders is not None
        assert answers is not None
        with orders, answers:
            while (order := self._orders.get()) is not None:
                pickle.dump(order, orders)
                orders.flush()
                if isinstance(order, PartTask):
                    self._answers.put((self, pickle.load(answers)))  # noqa: S301 - from the process started here
