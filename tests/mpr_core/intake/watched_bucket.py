"""A bucket that is watched, without an orchestrator: ticks, and runs that are carried out when the test says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from mpr_core.intake.attempts import Attempts
from mpr_core.intake.intake_documents import IntakeDocuments
from mpr_core.intake.take_in import IntakeRequest, TakenIn, take_in
from mpr_core.intake.timeline_look import Work
from mpr_core.intake.watch import Observation, observe
from mpr_core.intake.watch_cursor import read_cursor
from mpr_core.intake.watched import WatchRules, version_of
from mpr_core.lineage.catalog import Catalog
from mpr_core.media.limits import MediaLimits
from mpr_core.store.object_store import ObjectStore, StoredObject

TICK_S = 30.0


class WatchedBucket:
    """`incoming/` in memory; `rules` are changes of the default."""

    def __init__(self, **rules: object) -> None:
        self.media_in, self.media_out = ObjectStore("memory://"), ObjectStore("memory://")
        self.catalog = Catalog(self.media_out)
        self.rules = WatchRules(folders="incoming", **rules)
        self.cursor: str | None = None
        self.now_s = 0.0
        self.going: list[Work] = []
        self.ended: dict[str, list[tuple[bool, float]]] = defaultdict(list)
        self.run_keys: list[str] = []
        self.processed: Counter[tuple[str, str]] = Counter()
        self.detected: list[tuple[str, tuple[str, ...]]] = []

    def put(self, key: str, data: bytes) -> None:
        self.media_in.put(f"incoming/{key}", data)

    def delete(self, key: str) -> None:
        self.media_in.delete([f"incoming/{key}"])

    def tick(self) -> Observation:
        """One look; what it asks for goes on until `run`."""
        self.now_s += TICK_S
        before, _ = read_cursor(self.cursor)
        seen = observe(before, self.listing(), IntakeDocuments(self.media_out), self, self.now_s, self.rules)
        for request in seen.requests:
            assert not self.is_busy(request.timeline)
            assert request.run_key not in self.run_keys
            self.going.append(request)
            self.run_keys.append(request.run_key)
        self.cursor = seen.cursor.text()
        return seen

    def run(self, *, fails: bool = False) -> list[TakenIn]:
        """Every run that was asked for comes to its end."""
        done = [] if fails else [self._carry_out(request) for request in self.going]
        for request in self.going:
            self.ended[request.id].append((not fails, self.now_s))
        self.going = []
        return [result for result in done if result is not None]

    def settle(self, ticks: int = 60) -> Observation:
        """Ticks and runs until nothing is left to do."""
        quiet = 0
        for _ in range(ticks):
            seen = self.tick()
            self.run()
            quiet = 0 if seen.requests or seen.pending else quiet + 1
            if quiet == 2:
                return seen
        raise AssertionError(f"not settled: {seen.summary}")

    def listing(self) -> list[StoredObject]:
        return self.media_in.objects("incoming")

    def is_busy(self, timeline: str) -> bool:
        return any(request.timeline == timeline for request in self.going)

    def attempts(self, works: Sequence[Work]) -> dict[str, Attempts]:
        found = {work.id: self.ended[work.id] for work in works if self.ended[work.id]}
        return {
            identity: Attempts(any(done for done, _ in ended), len(ended), last_end_s=ended[-1][1])
            for identity, ended in found.items()
        }

    def blocked(self, work: Work) -> str:
        return ""

    def versions(self) -> dict[str, str]:
        """Key -> version of what is there now."""
        return {stored.key: version_of(stored) for stored in self.media_in.objects("incoming")}

    def chunk_keys(self, timeline: str) -> list[str]:
        return [chunk.key.removeprefix("incoming/") for chunk in self.catalog.timeline(timeline).chunks]

    def refused(self) -> dict[str, str]:
        """Key -> reason of what is in quarantine."""
        return {one.key.removeprefix("incoming/"): one.reason for one in IntakeDocuments(self.media_out).refused()}

    def _carry_out(self, request: Work) -> TakenIn | None:
        if request.kind == "detect":
            digests = tuple(chunk.digest for chunk in self.catalog.timeline(request.timeline).chunks)
            self.detected.append((request.timeline, digests))
            return None
        result = take_in(
            IntakeRequest(timeline=request.timeline, keys=request.keys),
            media_in=self.media_in,
            catalog=self.catalog,
            limits=MediaLimits(),
        )
        versions = {wanted.key: wanted.version for wanted in request.keys}
        for key in [*result.taken, *(one.key for one in result.refused)]:
            self.processed[key, versions[key]] += 1
        return result
