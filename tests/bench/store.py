"""How fast the frame cache goes into a bucket and comes back, against boto3 on one thread: same frames, same server, same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mpr_core.store import keys
from tests.mpr_core.store.s3_wire import BUCKET, Wire

FRAMES, ROUNDS = 200, 3
SIZES_KB = (30, 250)
"""A 360p and a 1080p frame at JPEG quality 90."""
SERVERS = (
    ("plain server on loopback", ("tests.bench.plain_server",)),
    ("moto on loopback", ("tests.bench.moto_server",)),
    ("moto, 20 ms later", ("tests.bench.moto_server", "20")),
)


def bench(_folder: Path) -> None:
    """Print frames per second, both ways, for each server and frame size: medians of rounds in which both take turns."""
    print(f"store: {FRAMES} frames put and got back, {ROUNDS} rounds; boto3 on one thread, and MPR")
    for name, module in SERVERS:
        with _served(module) as wire:
            for size_kb in SIZES_KB:
                _compare(name, wire, size_kb)


def _compare(name: str, wire: Wire, size_kb: int) -> None:
    frames = [(keys.frame("d" * 64, f"{size_kb}kb", seq), _frame(size_kb, seq)) for seq in range(FRAMES)]
    client, store = wire.client(), wire.store()
    names = [key for key, _ in frames]

    def boto_put() -> None:
        for key, data in frames:
            client.put_object(Bucket=BUCKET, Key=key, Body=data)

    def boto_get() -> Sequence[bytes | None]:
        return [client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in names]

    ways = (boto_put, lambda: store.put_many(frames), boto_get, lambda: store.get_many(names))
    rounds = [[_rate(way) for way in ways] for _ in range(ROUNDS)]
    their_put, our_put, their_get, our_get = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    assert store.get_many(names) == [data for _, data in frames]
    print(f"  {name}, {size_kb} kB, frames/s:")
    for what, one, other in (("put", their_put, our_put), ("get", their_get, our_get)):
        print(f"    {what}  boto3 {one:6.0f}  MPR {other:6.0f}  ratio {other / one:5.2f}")


def _frame(size_kb: int, seq: int) -> bytes:
    """Bytes that are another frame's nowhere; how they compress does not matter, nothing compresses them."""
    return seq.to_bytes(4, "big") * (size_kb * 256)


def _rate(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return FRAMES / (time.perf_counter() - began)


@contextmanager
def _served(module: Sequence[str]) -> Iterator[Wire]:
    """A server in a process of its own, so that it does not share the clients' interpreter."""
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Wire(server.stdout.readline().strip())
        assert server.stdin is not None
        server.stdin.close()
