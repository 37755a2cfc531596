"""The timeline's scenes from the rows of filter_scenes; light to import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mpr_core.report.sighting import SceneSpan


def scene_spans(segments: Iterable[tuple[float, Sequence[Mapping[str, Any]]]]) -> list[SceneSpan]:
    """Scenes in timeline seconds: pieces that a segment border cut are one again; a chunk begins a scene.

    Args:
        segments: per segment what to add to its chunk seconds, and its rows of the `scenes` table.
    """
    spans: list[SceneSpan] = []
    for offset_s, rows in segments:
        for row in rows:
            start, end = row["start_s"] + offset_s, row["end_s"] + offset_s
            if row["transition"] == "continued" and spans:
                spans[-1] = SceneSpan(spans[-1].start_s, end, spans[-1].transition, spans[-1].frame_key)
            else:
                kind: Any = "start" if row["transition"] == "continued" else row["transition"]
                spans.append(SceneSpan(start, end, kind))
    return spans
