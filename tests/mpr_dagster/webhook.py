"""A webhook on the loopback address: keeps what is posted, and may refuse some of it first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

SECRET = "s3cr3t"


@dataclass
class Webhook:
    """What came.

    Attributes:
        refusals: status codes of the next answers; 200 afterwards.
    """

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    calls: int = 0
    notes: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def serve_webhook() -> Iterator[Webhook]:
    """One that listens at a free port until the end."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.calls += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = hook.refusals.pop(0) if hook.refusals else 200
            if code == 200:
                hook.notes.append(json.loads(body))
            self.send_response(code)
            if code == 302:
                self.send_header("Location", hook.url)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_port}/{SECRET}"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
