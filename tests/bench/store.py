"""How fast the frame cache goes into a bucket and comes back, against boto3 on one thread: same frames, same server, same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.read_ahead import ReadAhead
from tests.mpr_core.store.s3_wire import BUCKET, Wire

SEGMENTS, SEGMENT_FRAMES, ROUNDS = 7, 30, 5
"""A segment is what a stage puts, and reads, at a time: 15 s at two frames a second."""
SIZES_KB = (30, 250)
"""A 360p and a 1080p frame at JPEG quality 90."""
SERVERS = (
    ("plain server on loopback", ("tests.bench.plain_server",)),
    ("moto on loopback", ("tests.bench.moto_server",)),
    ("moto, 20 ms later", ("tests.bench.moto_server", "20")),
)


@dataclass(frozen=True)
class Round:
    """One way once through all frames: frames per second, and CPU milliseconds of each frame, the client's and the server's."""

    frames_per_s: float
    client_ms: float
    server_ms: float


def bench(_folder: Path) -> None:
    """Print frames per second, both ways, for each server and frame size: medians of rounds in which both take turns."""
    frames = SEGMENTS * SEGMENT_FRAMES
    print(
        f"store: {frames} frames put and got back, {ROUNDS} rounds; boto3 on one thread, and MPR; CPU ms are client + server"
    )
    for name, module in SERVERS:
        with _served(module) as (wire, server):
            for size_kb in SIZES_KB:
                print(f"  {name}, {size_kb} kB, frames/s:")
                _compare(wire, server, size_kb)


def _compare(wire: Wire, server: psutil.Process, size_kb: int) -> None:
    frames = [
        (keys.frame("d" * 64, f"{size_kb}kb", seq), _frame(size_kb, seq)) for seq in range(SEGMENTS * SEGMENT_FRAMES)
    ]
    segments = [frames[at : at + SEGMENT_FRAMES] for at in range(0, len(frames), SEGMENT_FRAMES)]
    client, store = wire.client(), wire.store()

    def boto_put() -> None:
        for key, data in frames:
            client.put_object(Bucket=BUCKET, Key=key, Body=data)

    def boto_get() -> None:
        for key, _ in frames:
            client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def our_put() -> None:
        for segment in segments:
            store.put_many(segment)

    def our_get() -> None:
        for segment in segments:
            _drain(_read(store, segment))

    ways = {"put": (boto_put, our_put), "get": (boto_get, our_get)}
    rounds = [
        {what: tuple(_round(way, server, len(frames)) for way in both) for what, both in ways.items()}
        for _ in range(ROUNDS)
    ]
    assert list(_read(store, frames)) == [data for _, data in frames]
    for what in ways:
        _show(what, [took[what] for took in rounds])


def _read(store: ObjectStore, frames: Sequence[tuple[str, bytes]]) -> Iterator[bytes]:
    ahead = ReadAhead(store, (key for key, _ in frames))
    return (ahead.get(key) for key, _ in frames)


def _drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def _show(what: str, rounds: Sequence[tuple[Round, ...]]) -> None:
    ratio = statistics.median(ours.frames_per_s / theirs.frames_per_s for theirs, ours in rounds)
    shown = []
    for way in zip(*rounds, strict=True):
        rate, client_ms, server_ms = (
            statistics.median(getattr(took, name) for took in way)
            for name in ("frames_per_s", "client_ms", "server_ms")
        )
        shown.append(f"{rate:6.0f} ({client_ms:.2f} + {server_ms:.2f})")
    print(f"    {what}  boto3 {shown[0]}  MPR {shown[1]}  ratio {ratio:5.2f}", flush=True)


def _frame(size_kb: int, seq: int) -> bytes:
    """Bytes that are another frame's nowhere; how they compress does not matter, nothing compresses them."""
    return seq.to_bytes(4, "big") * (size_kb * 256)


def _round(work: Callable[[], None], server: psutil.Process, frames: int) -> Round:
    before, cpu, began = _cpu_s(server), time.process_time(), time.perf_counter()
    work()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Round(frames / took, 1000 * cpu / frames, 1000 * (_cpu_s(server) - before) / frames)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _served(module: Sequence[str]) -> Iterator[tuple[Wire, psutil.Process]]:
    """A server in a process of its own, so that it does not share the clients' interpreter."""
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Wire(server.stdout.readline().strip()), psutil.Process(server.pid)
        assert server.stdin is not None
        server.stdin.close()
