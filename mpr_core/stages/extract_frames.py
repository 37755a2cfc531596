"""extract_frames: JPEGs of the sampling grid, and a signature of every decoded frame, in one pass over the segment."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from mpr_core.errors import MediaRefused
from mpr_core.media.frames import FrameReader
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.chunk_walk import ChunkWalk, WalkedFrame
from mpr_core.stages.configs import ExtractFramesConfig
from mpr_core.store import keys
from mpr_core.store.tables import schema, table_of, values
from mpr_core.timeline.timeline import Chunk

SIGNATURE_BYTES = 18 * 32 * 3
_FRAMES = schema(
    ("seq", pa.int64()),  # k of the grid k/fps on the source's clock
    ("chunk", pa.string()),  # sha256 of the chunk
    ("t_s", pa.float64()),  # the grid instant, chunk clock
    ("pts_s", pa.float64()),  # when the frame on display at t_s was presented, chunk clock
    ("pts_exact", pa.string()),  # the same as num/den
    ("width_px", pa.int32()),
    ("height_px", pa.int32()),
    ("size_bytes", pa.int32()),
    ("key", pa.string()),
    ("digest", pa.string()),  # sha256 of the JPEG bytes
)
_SIGNATURES = schema(("pts_s", pa.float64()), ("inside", pa.bool_()), ("bgr", pa.binary(SIGNATURE_BYTES)))


@dataclass(frozen=True)
class FrameIndex(Payload):
    """The segment's sampled frames in order, and the signatures `(18, 32, 3) uint8` of its frames and one second around it."""

    frames: pa.Table
    signatures: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"frames": _FRAMES, "signatures": _SIGNATURES}

    def counts(self) -> dict[str, float]:
        inside = values(self.signatures, "inside")
        return {
            "frames": self.frames.num_rows,
            "decoded_frames": sum(inside),
            "frame_bytes": sum(values(self.frames, "size_bytes")),
        }


PAYLOAD = FrameIndex


def run(context: SegmentContext, config: ExtractFramesConfig) -> FrameIndex:
    """Sampled frames of one segment; the JPEGs go to the store under content-given names."""
    chunk, segment = context.chunk, context.segment
    sampling = config.sampling(chunk.offset_s)
    walk: ChunkWalk = context.services.session(
        f"walk/{chunk.digest}/{sampling}", lambda: _open_walk(context, config, chunk)
    ).walk
    frames, signatures = [], []
    pictures: dict[str, bytes] = {}
    for frame in walk.segment(segment):
        inside = segment.start_s <= frame.pts_s < segment.end_s
        signatures.append({"pts_s": float(frame.pts_s), "inside": inside, "bgr": frame.signature.tobytes()})
        wanted = [k for k in frame.grid if segment.start_s <= walk.instant_s(k) < segment.end_s]
        if not wanted:
            continue
        key = keys.frame(chunk.digest, sampling, frame.grid[0])
        pictures[key] = frame.jpeg
        digest = hashlib.sha256(frame.jpeg).hexdigest()
        frames += [_row(k, walk, chunk, frame, key, digest) for k in wanted]
    context.services.media_out.put_many(pictures.items())
    return FrameIndex(table_of(frames, _FRAMES), table_of(signatures, _SIGNATURES))


def _row(k: int, walk: ChunkWalk, chunk: Chunk, frame: WalkedFrame, key: str, digest: str) -> dict[str, object]:
    return {
        "seq": k,
        "chunk": chunk.digest,
        "t_s": float(walk.instant_s(k)),
        "pts_s": float(frame.pts_s),
        "pts_exact": f"{frame.pts_s.numerator}/{frame.pts_s.denominator}",
        "width_px": frame.size_px[0],
        "height_px": frame.size_px[1],
        "size_bytes": len(frame.jpeg),
        "key": key,
        "digest": digest,
    }


class _WalkSession:
    """A walk and the local file under it."""

    def __init__(self, walk: ChunkWalk, stack: ExitStack) -> None:
        self.walk, self._stack = walk, stack

    def close(self) -> None:
        self._stack.close()


def _open_walk(context: SegmentContext, config: ExtractFramesConfig, chunk: Chunk) -> _WalkSession:
    services = context.services
    for name in [n for n in services.sessions if n.startswith("walk/")]:  # one open decoder is enough memory
        services.sessions.pop(name).close()
    stack = ExitStack()
    try:
        path = stack.enter_context(services.media_in.as_file(chunk.key))
        if path.stat().st_size != chunk.size_bytes:
            raise MediaRefused(
                "a chunk is not the file that was ingested",
                where=chunk.key,
                why=f"{path.stat().st_size} bytes; it had {chunk.size_bytes} bytes when it was ingested",
                remedy="ingest it again, under another name",
            )
        reader = stack.enter_context(FrameReader(path, chunk.probe, services.limits))
    except KeyError:
        stack.close()
        raise MediaRefused(
            "a chunk is gone from media-in",
            where=chunk.key,
            why="no such object",
            remedy="put it back, or go on without it: mpr timeline ID --drop FILE",
        ) from None
    except BaseException:  # whatever interrupts, the file must not stay open; passed on untouched
        stack.close()
        raise
    return _WalkSession(ChunkWalk(reader, chunk, config.fps, config.jpeg_quality), stack)
