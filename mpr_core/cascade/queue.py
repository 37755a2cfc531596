"""All questions of a stage run: the most valuable first, some in flight at a time, until the budget is spent or the run is to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from mpr_core.cascade.asking import Desk, Question, Result
from mpr_core.cascade.budget import Budget, Reservation
from mpr_core.cascade.patience import PatientCall
from mpr_core.cascade.question import request_digest
from mpr_core.runner.context import PlanContext

_LOOK_EVERY_S = 0.5


@dataclass
class QuestionQueue:
    """Puts questions to a desk.

    Args:
        call: how the desk calls models: told when the run is ending.
        around: the stage run around: asked between two questions whether to go on, told how far it is.
    """

    desk: Desk
    budget: Budget
    call: PatientCall
    at_once: int
    around: PlanContext

    def run(self, total: int, make: Callable[[int], Question]) -> list[Result | None]:
        """Ask questions 0 to `total`, in this order; returns what became of each, None for those that the budget did not reach.

        What is in flight when the run is ended is waited for: it is paid for.

        Args:
            make: builds a question; called just before it is asked.
        Raises:
            RunLeft: the run is to end; every answer that came is stored.
        """
        results: list[Result | None] = [None] * total
        self._flying: dict[Future[Result], tuple[int, str]] = {}
        self._began, self._held_s, self._done, self._waits_for = time.monotonic(), 0.0, 0, ""
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="asking") as pool:
            try:
                for number in range(total):
                    self._pass_border(total)
                    question = make(number)
                    share = self._share(question, results, total)
                    if share is None:
                        break
                    key = request_digest(question.ask, "", "")
                    self._flying[pool.submit(self.desk.asked, question, share)] = number, key
                while self._flying:
                    self._land(results, total)
                    self._pass_border(total)
            except BaseException:  # whatever interrupts: no retry may wait on while those in flight are waited for
                self.call.stopped.set()
                raise
        return results

    def _share(self, question: Question, results: list[Result | None], total: int) -> Reservation | None:
        """A question's share of the budget, waiting for others to be settled where that decides; None: the budget is spent."""
        key = request_digest(question.ask, "", "")
        while len(self._flying) >= self.at_once or key in {other for _, other in self._flying.values()}:
            self._land(results, total)
        while True:
            outlook = self.desk.outlook(question)
            share = self.budget.reserve(outlook.worst_usd, outlook.stored)
            if share is not None or not self._flying:
                return share
            self._land(results, total)

    def _land(self, results: list[Result | None], total: int) -> None:
        """Wait until at least one question is over."""
        landed, _ = wait(self._flying, timeout=_LOOK_EVERY_S, return_when=FIRST_COMPLETED)
        for future in landed:
            number, _ = self._flying.pop(future)
            results[number] = future.result()
            self._done += 1
            self._waits_for = ""
        self._tell(total)

    def _tell(self, total: int) -> None:
        while self.call.waits:
            self._waits_for = self.call.waits.popleft()
            self.around.say(self._waits_for)
        elapsed = time.monotonic() - self._began - self._held_s
        rate = self._done / elapsed if self._done and elapsed > 0 else 0.0
        left_s = round((total - self._done) / rate, 1) if rate else None
        words = [f"asked {self._done} of {total}"]
        words += [f"{rate:.1f}/s"] if rate else []
        words += [more for more in (self.budget.in_words, self._waits_for) if more]
        self.around.progress(", ".join(words), left_s)

    def _pass_border(self, total: int) -> None:
        began = time.monotonic()
        self.around.border(self._done, total)
        self._held_s += time.monotonic() - began
