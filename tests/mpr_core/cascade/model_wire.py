"""The providers on the wire: one server on the loopback address that answers each SDK in its provider's own format, as it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Literal

from mpr_core.cascade.access import Endpoint, ModelAccess

KEY = "sk-test-0123456789abcdef"
PROVIDERS = ("anthropic", "gemini", "openai", "groq", "vlm")
BASE_PATHS = {"openai": "/v1", "vlm": "/v1"}
MODEL = "a-model"
EXACT_MODEL = "a-model-2026-01-01"
Ended = Literal["whole", "refused", "cut"]


@dataclass(frozen=True)
class Says:
    """One answer.

    Attributes:
        body: a document, or text as it is.
        then: 'silence' says nothing at all, 'hangup' closes instead of answering, 'break' in the middle of the body.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Literal["done", "silence", "hangup", "break"] = "done"


@dataclass(frozen=True)
class Sent:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.text))


@dataclass
class ModelServer:
    """What is said next, the last of it again and again; and what came."""

    url: str = ""
    says: list[Says] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def access(self, name: str, key: str = KEY) -> ModelAccess:
        """Access to this server as one of the providers."""
        return ModelAccess(**{name: Endpoint(url=self.url + BASE_PATHS.get(name, ""), key=key)})

    def next(self) -> Says:
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]


def answer(name: str, text: str, ended: Ended = "whole") -> Says:
    """What a provider says when its model wrote that: 120 tokens in, 30 out."""
    if name == "anthropic":
        reason = {"whole": "end_turn", "refused": "refusal", "cut": "max_tokens"}[ended]
        usage = {"input_tokens": 100, "cache_read_input_tokens": 20, "output_tokens": 30}
        content = [{"type": "text", "text": text}]
        return Says(
            body={
                "id": "m",
                "type": "message",
                "role": "assistant",
                "model": EXACT_MODEL,
                "content": content,
                "stop_reason": reason,
                "usage": usage,
            }
        )
    if name == "gemini":
        reason = {"whole": "STOP", "refused": "PROHIBITED_CONTENT", "cut": "MAX_TOKENS"}[ended]
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason, "index": 0}
        usage = {"promptTokenCount": 120, "candidatesTokenCount": 25, "thoughtsTokenCount": 5, "totalTokenCount": 150}
        return Says(body={"candidates": [candidate], "usageMetadata": usage, "modelVersion": EXACT_MODEL})
    reason = {"whole": "stop", "refused": "content_filter", "cut": "length"}[ended]
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    usage = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
    return Says(
        body={
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": EXACT_MODEL,
            "choices": [choice],
            "usage": usage,
        }
    )


def failure(name: str, status: int, message: str, headers: Mapping[str, str] | None = None) -> Says:
    """What a provider says when it does not answer."""
    error: dict[str, Any] = {"message": message}
    if name == "anthropic":
        return Says(status, {"type": "error", "error": error | {"type": "some_error"}}, headers or {})
    if name == "gemini":
        return Says(status, {"error": error | {"code": status, "status": "SOME_STATUS"}}, headers or {})
    return Says(status, {"error": error | {"type": "some_error", "param": None, "code": None}}, headers or {})


@contextmanager
def serve_models() -> Iterator[ModelServer]:
    """A server at a free port until the end."""
    models, over = ModelServer(), Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            models.sent.append(Sent(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            says = models.next()
            if says.then == "silence":
                over.wait()
            if says.then in ("silence", "hangup"):
                self.close_connection = True
                return
            body = (says.body if isinstance(says.body, str) else json.dumps(says.body)).encode()
            self.send_response(says.status)
            for name, value in {"Content-Type": "application/json", **says.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if says.then == "break" else body)
            self.close_connection = says.then == "break"

        def log_message(self, *_: object) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    models.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield models
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
