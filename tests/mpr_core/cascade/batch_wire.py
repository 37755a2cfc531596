"""The providers' batches on the wire: one server on the loopback address that takes and answers them in each one's own format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from mpr_core.cascade.access import Endpoint, ModelAccess
from tests.mpr_core.cascade.model_wire import BASE_PATHS, KEY, Says, Sent

BATCHING = ("anthropic", "gemini", "openai", "groq")
_DAY = "2026-01-01T00:00:00Z"


@dataclass
class BatchServer:
    """What becomes of the next batch.

    Attributes:
        says: the answer to each question in its order, the last again and again; None: it was not worked on.
        looks: how many looks at it show it under way.
        refuses: said in place of taking a batch.
        failed: why all of it came to nothing; '' for a batch that is answered.
        sent: every request.
        names: of the questions that were handed over last, in their order.
    """

    url: str = ""
    says: list[Says | None] = field(default_factory=list)
    looks: int = 0
    refuses: Says | None = None
    failed: str = ""
    sent: list[tuple[str, Sent]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    batches: int = 0

    def access(self, name: str) -> ModelAccess:
        """Access to this server as one of the providers."""
        return ModelAccess(**{name: Endpoint(url=self.url + BASE_PATHS.get(name, ""), key=KEY)})

    def answers(self) -> Iterator[tuple[str, Says | None]]:
        """Each question with its answer."""
        for number, name in enumerate(self.names):
            yield name, self.says[min(number, len(self.says) - 1)]

    def ended(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def _anthropic(server: BatchServer, method: str, path: str, body: bytes) -> Any:
    if method == "POST":
        server.names = [one["custom_id"] for one in json.loads(body)["requests"]]
        server.batches += 1
    if path.endswith("/results"):
        lines = [{"custom_id": name, "result": _anthropic_result(says)} for name, says in server.answers()]
        return "\n".join(map(json.dumps, lines))
    ended = method == "GET" and server.ended()
    done = len(server.names) if ended else 0
    counts = {"processing": len(server.names) - done, "succeeded": done, "errored": 0, "canceled": 0, "expired": 0}
    return {
        "id": "msgbatch_1",
        "type": "message_batch",
        "processing_status": "ended" if ended else "in_progress",
        "request_counts": counts,
        "created_at": _DAY,
        "expires_at": _DAY,
        "results_url": f"{server.url}/v1/messages/batches/msgbatch_1/results" if ended else None,
    }


def _anthropic_result(says: Says | None) -> dict[str, Any]:
    if says is None:
        return {"type": "expired"}
    if says.status == 200:
        return {"type": "succeeded", "message": says.body}
    kind = "invalid_request_error" if says.status == 400 else "api_error"
    return {"type": "errored", "error": {"type": "error", "error": says.body["error"] | {"type": kind}}}


def _chat(server: BatchServer, method: str, path: str, body: bytes) -> Any:
    if path.endswith("/files"):
        found = re.findall(rb'^\{"custom_id".*\}\s*$', body, re.MULTILINE)
        server.names = [json.loads(line)["custom_id"] for line in found]
        return {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "a", "purpose": "batch"}
    if path.endswith("/content"):
        whole = path.endswith("out/content")
        lines = [
            {"id": "r", "custom_id": name, **_chat_line(says)}
            for name, says in server.answers()
            if (says is not None and says.status == 200) == whole
        ]
        return "\n".join(map(json.dumps, lines))
    server.batches += method == "POST"
    ended = method == "GET" and server.ended()
    errors = {"object": "list", "data": [{"code": "bad", "message": server.failed}]} if server.failed else None
    return {
        "id": "batch_1",
        "object": "batch",
        "endpoint": "/v1/chat/completions",
        "input_file_id": "file-1",
        "completion_window": "24h",
        "created_at": 1,
        "status": "failed" if server.failed else "completed" if ended else "in_progress",
        "errors": errors,
        "output_file_id": "file-out" if ended and not server.failed else None,
        "error_file_id": "file-err" if ended and not server.failed else None,
        "request_counts": {"total": len(server.names), "completed": len(server.names) * ended, "failed": 0},
    }


def _chat_line(says: Says | None) -> dict[str, Any]:
    if says is None:
        return {"response": None, "error": {"code": "batch_expired", "message": "it expired"}}
    return {"response": {"status_code": says.status, "request_id": "q", "body": says.body}, "error": None}


def _gemini(server: BatchServer, method: str, path: str, body: bytes) -> Any:
    if method == "POST":
        requests = json.loads(body)["batch"]["inputConfig"]["requests"]["requests"]
        server.names = [one["metadata"]["question"] for one in requests]
        server.batches += 1
    ended = method == "GET" and server.ended()
    state = "FAILED" if server.failed else "SUCCEEDED" if ended else "RUNNING"
    told: dict[str, Any] = {"state": f"BATCH_STATE_{state}", "model": "models/m", "createTime": _DAY}
    if ended and not server.failed:
        lines = [{"metadata": {"question": name}, **_gemini_line(says)} for name, says in server.answers()]
        told["output"] = {"inlinedResponses": {"inlinedResponses": lines}}
    return {"name": "batches/1", "metadata": told, "done": ended}


def _gemini_line(says: Says | None) -> dict[str, Any]:
    if says is None:
        return {"error": {"code": 4, "message": "it expired"}}
    if says.status == 200:
        return {"response": says.body}
    return {"error": {"code": 3 if says.status == 400 else 13, "message": says.body["error"]["message"]}}


@contextmanager
def serve_batches() -> Iterator[BatchServer]:
    """A server at a free port until the end."""
    server = BatchServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.sent.append((self.command, Sent(self.path, headers, body)))
            if server.refuses is not None:
                self._answer(server.refuses.status, server.refuses.body)
                return
            speak = _anthropic if "/messages/" in self.path else _gemini if "x-goog-api-key" in headers else _chat
            self._answer(200, speak(server, self.command, self.path, body))

        def _answer(self, status: int, document: Any) -> None:
            data = (document if isinstance(document, str) else json.dumps(document)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _handle  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
