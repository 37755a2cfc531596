"""An OpenAI-compatible server on the loopback address that keeps what it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class LanguageServer:
    """What came, and what to answer.

    Attributes:
        status: of the next answers.
        content: the text of the model's answer.
    """

    url: str = ""
    status: int = 200
    content: str = '{"brand": "NORDWIND"}'
    asked: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    """One that listens at a free port until the end."""
    server = LanguageServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            server.shown.append(self.headers.get("Authorization", ""))
            message = {"role": "assistant", "content": server.content}
            answer = {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": "tiny-vlm-2026",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 41, "completion_tokens": 7, "total_tokens": 48},
            }
            body = json.dumps(answer).encode()
            self.send_response(server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}/v1"
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
