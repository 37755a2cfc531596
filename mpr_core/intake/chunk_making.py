"""One chunk from plan to commit: copied, decoded once to see what it is, put into media-in, and its record written last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from mpr_core.errors import MediaRefused
from mpr_core.intake.cut_plan import CutPlan, PlannedChunk
from mpr_core.intake.manifest import CutChunk
from mpr_core.intake.packet_index import PacketIndex
from mpr_core.intake.stream_copy import copy_chunk
from mpr_core.media.digest import file_digest
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.probe import probe_media
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk


@dataclass(frozen=True)
class ChunkMaker:
    """Makes the chunks of one source; its methods may run in several threads at once.

    Attributes:
        check: called now and then while a chunk is decoded; raises to stop.
    """

    path: Path
    index: PacketIndex
    plan: CutPlan
    prefix: str
    stem: str
    media_in: ObjectStore
    limits: MediaLimits
    check: Callable[[], None]

    def key(self, chunk: PlannedChunk) -> str:
        return f"{self.prefix}/{self.stem}-{chunk.number:05d}.{self.plan.suffix}"

    def make(self, chunk: PlannedChunk) -> CutChunk:
        """Cut one chunk and commit it.

        Raises:
            MprError: the chunk cannot be written.
        """
        with TemporaryDirectory(prefix="mpr-cut-") as folder:
            target = Path(folder) / f"chunk.{self.plan.suffix}"
            cut = self._cut(chunk, target)
            if cut.chunk is not None:
                self.media_in.put_file(cut.chunk.key, target)
        self.media_in.put(keys.cut_record(self.prefix, chunk.number), cut.model_dump_json(indent=1).encode())
        return cut

    def is_there(self, cut: CutChunk) -> bool:
        """Whether a committed chunk still has the bytes of its record."""
        if cut.chunk is None:
            return True
        if self.media_in.size_bytes(cut.chunk.key) != cut.chunk.size_bytes:
            return False
        with self.media_in.as_file(cut.chunk.key) as path:
            return file_digest(path) == cut.chunk.digest

    def unmark(self) -> None:
        """A chunk that was there is cut anew: the folder is not whole until then."""
        self.media_in.delete([keys.source_done(self.prefix)])

    def _cut(self, chunk: PlannedChunk, target: Path) -> CutChunk:
        span = {"number": chunk.number, "start_s": chunk.start_s, "end_s": chunk.end_s}
        try:
            probe = self._probed(chunk, target)
        except MediaRefused as error:  # one damaged place must not cost the rest of the source
            return CutChunk(**span, chunk=None, lost=error.why)
        made = Chunk(
            key=self.key(chunk),
            digest=file_digest(target),
            size_bytes=target.stat().st_size,
            probe=probe,
            offset_s=self.index.second(chunk.zero),
        )
        return CutChunk(**span, chunk=made)

    def _probed(self, chunk: PlannedChunk, target: Path) -> MediaProbe:
        """What the chunk's file is; its clock begins at the cut."""
        copy_chunk(self.path, self.index, self.plan, chunk, target, self.limits)
        probe = probe_media(target, self.limits, progress=lambda _done, _of: self.check())
        # A player begins with whichever stream comes first; the chunk's clock begins at its cut.
        probe = probe.model_copy(
            update={
                "start_s": Fraction(0),
                "first_frame_s": probe.first_frame_s + probe.start_s,
                "duration_s": probe.duration_s + probe.start_s,
                "damaged_from_s": None if probe.damaged_from_s is None else probe.damaged_from_s + probe.start_s,
            }
        )
        probe = self._up_to_damage(chunk, probe)
        self._refuse_shifted(chunk, probe)
        if probe.damaged_from_s is None:
            # What follows the last picture is in the next chunk: only the source tells when it comes.
            probe = probe.model_copy(update={"duration_s": chunk.end_s - self.index.second(chunk.zero)})
        return probe

    def _up_to_damage(self, chunk: PlannedChunk, probe: MediaProbe) -> MediaProbe:
        """What only the source shows: packets it marks as damaged, and that it is cut short."""
        damaged, reason = self._damaged_in(chunk), "a packet is damaged or cut short"
        if damaged:
            bad = min(self.index.pts[damaged[0] : chunk.stop])
            from_s = (bad - chunk.zero) * self.index.time_base
            if from_s <= probe.first_frame_s:
                raise MediaRefused("no frame can be shown", where=self.key(chunk), why=reason)
        elif chunk.until is None and self.index.damage_reason is not None:
            from_s, reason = probe.duration_s, self.index.damage_reason
        else:
            return probe
        if probe.damaged_from_s is not None and probe.damaged_from_s <= from_s:
            return probe
        return probe.model_copy(update={"damaged_from_s": from_s, "damage_reason": reason})

    def _damaged_in(self, chunk: PlannedChunk) -> list[int]:
        return [number for number in self.index.corrupt if chunk.first <= number < chunk.stop]

    def _refuse_shifted(self, chunk: PlannedChunk, probe: MediaProbe) -> None:
        expected_s = self.index.second(self.index.first_shown if chunk.number == 1 else chunk.zero)
        found_s = self.index.second(chunk.zero) + probe.first_frame_s
        if found_s != expected_s:
            raise MediaRefused(
                "a chunk does not begin with the picture at its cut",
                where=self.key(chunk),
                why=f"its first picture is that of {float(found_s):.6f} s of the source, not of {float(expected_s):.6f} s",
            )
