"""The least that puts and gets objects over S3's wire, in memory, on loopback: so quick that a client's own work is what is measured.

`python -m tests.bench.plain_server` prints its port and serves until its standard input ends. It checks nothing.
"""

from __future__ import annotations

import asyncio
import re
import sys

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class Objects(asyncio.Protocol):
    """One connection; all share what was put."""

    stored: dict[bytes, bytes]

    def __init__(self, stored: dict[bytes, bytes]) -> None:
        self.stored, self.seen = stored, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while (end := self.seen.find(_HEAD_END)) >= 0:
            head = bytes(self.seen[:end])
            length = int(found[1]) if (found := _LENGTH.search(head)) else 0
            begin = end + len(_HEAD_END)
            if b"100-continue" in head.lower() and len(self.seen) == begin:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            if len(self.seen) < begin + length:
                return
            body = bytes(self.seen[begin : begin + length])
            del self.seen[: begin + length]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
        data = b""
        if method == b"PUT":
            self.stored[path] = body
        elif method == b"GET":
            data = self.stored[path.partition(b"?")[0]]
        self.transport.write(
            b'HTTP/1.1 200 OK\r\nETag: "0"\r\nLast-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: %d\r\n\r\n'
            % len(data)
            + data
        )


async def serve() -> None:
    """Serve until standard input ends."""
    stored: dict[bytes, bytes] = {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Objects(stored), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
