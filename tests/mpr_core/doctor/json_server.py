"""A small HTTP server that gives fixed answers by path, and remembers the tokens it was shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Served:
    """Where it listens, and the `Authorization` headers that came."""

    url: str
    shown: list[str] = field(default_factory=list)


@contextmanager
def served(answers: Mapping[str, tuple[int, str]], headers: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server on a free port of the loopback address; a path that is not in `answers` is 404. `headers` are in every answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.shown.append(self.headers.get("Authorization", ""))
            code, body = answers.get(self.path, (404, "{}"))
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server = Served(f"http://127.0.0.1:{listener.server_port}")
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            listener.shutdown()
