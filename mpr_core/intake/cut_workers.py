"""The chunks of a plan made by a few threads: decoding and hashing leave Python's lock, so that they run side by side."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from mpr_core.errors import MprError
from mpr_core.intake.chunk_making import ChunkMaker
from mpr_core.intake.cut_events import CutCounts
from mpr_core.intake.cut_plan import PlannedChunk
from mpr_core.intake.manifest import CutChunk

_ATTEMPTS = 3


class CutWorkers:
    """Runs the chunks of a plan through a few threads; a chunk that failed for a while is tried again behind the others."""

    def __init__(
        self, maker: ChunkMaker, counts: CutCounts, known: dict[int, CutChunk], stopped: threading.Event
    ) -> None:
        self._maker, self._counts, self._known, self._stopped = maker, counts, known, stopped
        self._attempts: dict[int, int] = {}

    def run(self, workers: int) -> list[CutChunk]:
        """Every chunk, made or kept.

        Raises:
            MprError: the first that could not be made; those at work are given up soon, no other is begun.
        """
        queue = deque(self._maker.plan.chunks)
        for chunk in queue:
            self._counts.queued(chunk.number, self._maker.key(chunk))
        done: list[CutChunk] = []
        with ThreadPoolExecutor(workers, thread_name_prefix="cut") as pool:
            running: dict[Future[CutChunk], PlannedChunk] = {}
            try:
                while queue or running:
                    while queue and len(running) < workers:
                        chunk = queue.popleft()
                        running[pool.submit(self._one, chunk)] = chunk
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        self._take(future, running.pop(future), queue, done)
            except BaseException:  # whatever interrupts: no worker goes on for long; passed on untouched
                self._stopped.set()
                raise
        return done

    def _one(self, chunk: PlannedChunk) -> CutChunk:
        key, cut = self._maker.key(chunk), self._known.get(chunk.number)
        seconds = chunk.end_s - chunk.start_s
        self._counts.begun(chunk.number, key)
        if cut is not None and self._maker.is_there(cut):
            self._counts.ended("kept", chunk.number, key, seconds, 0)
            return cut
        if cut is not None:
            self._maker.unmark()
        cut = self._maker.make(chunk)
        written = 0 if cut.chunk is None else cut.chunk.size_bytes
        self._counts.ended("done" if cut.chunk else "lost", chunk.number, key, seconds, written, cut.lost)
        return cut

    def _take(
        self, future: Future[CutChunk], chunk: PlannedChunk, queue: deque[PlannedChunk], done: list[CutChunk]
    ) -> None:
        error = future.exception()
        if error is None:
            done.append(future.result())
            return
        key = self._maker.key(chunk)
        tried = self._attempts[chunk.number] = self._attempts.get(chunk.number, 0) + 1
        if isinstance(error, MprError) and error.transient and tried < _ATTEMPTS:
            self._counts.again(chunk.number, key, error.why)
            queue.append(chunk)
            return
        self._counts.failed(chunk.number, key, str(error).partition("\n")[0])
        raise error
