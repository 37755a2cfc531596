"""Whether a track that holds several things, as a board that changes does, would be cut where its picture changes."""

from __future__ import annotations

from mpr_core.explain.explanation import Setting
from mpr_core.explain.nearness import NearnessTo
from mpr_core.explain.places import overlap_ratio, upright_px
from mpr_core.explain.reader import Reader
from mpr_core.explain.threads import FIRST_HIDDEN_TRACK, Thread, hidden
from mpr_core.stages.configs import DetectObjectsConfig

_LIKENESSES = (0.6, 0.75, 0.9)
_MOST_FRAMES = 12


class Retracking:
    """Follows a thread's boxes again, with more likeness asked from frame to frame."""

    def __init__(self, reader: Reader, config: DetectObjectsConfig, nearness: NearnessTo) -> None:
        self._reader, self._config, self._nearness = reader, config, nearness

    def settings(self) -> list[Setting]:
        """What may be asked for, the strictest first: where that does not help, nothing does."""
        present = self._config.track_min_likeness
        values = [value for value in reversed(_LIKENESSES) if value > present]
        return [Setting(stage="detect_objects", field="track_min_likeness", present=present, value=v) for v in values]

    def followed(self, thread: Thread, setting: Setting) -> Thread | None:
        """The part of the thread's track that its frame would belong to, read by itself."""
        seqs = sorted({row["seq"] for row in thread.boxes}, key=lambda seq: abs(seq - thread.seq))[:_MOST_FRAMES]
        config = self._config.model_copy(update={setting.field: setting.value})
        boxes = self._reader.what_if.detect(thread.view, sorted(seqs), config)
        same = [
            b for b in boxes if b["seq"] == thread.seq and overlap_ratio(upright_px(b["quad_px"]), thread.place) > 0.5
        ]
        if not same:
            return None
        own = [row | {"track": FIRST_HIDDEN_TRACK} for row in boxes if row["track"] == same[0]["track"]]
        lines = self._reader.read(thread.view, own)
        return hidden(thread.view, own, thread.seq, lines, self._nearness)
