"""An inference host on the loopback address that speaks the wire with the routines of this process, and can be told to misbehave.

The real router needs packages that only the host's own environment has; its tests hold it to the same figures.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mpr_core.inference.operations import Asked, Inference
from mpr_core.inference.pictures import HeldPicture
from mpr_core.wire import routes
from mpr_core.wire.debug import DebugResponse, DebugResult
from mpr_core.wire.detect import DetectRequest, DetectResponse
from mpr_core.wire.detect_edges import DetectEdgesRequest, DetectEdgesResponse
from mpr_core.wire.envelope import Document, Request
from mpr_core.wire.health import ModelInfo, Ready
from mpr_core.wire.ocr import OcrRequest, OcrResponse
from mpr_core.wire.preprocess import PreprocessRequest, PreprocessResponse
from mpr_core.wire.refusal import STATUS, Refusal, RefusalDetail, RefusalKind
from mpr_core.wire.segment_field import SegmentFieldRequest, SegmentFieldResponse

KINDS: dict[str, tuple[type[Request], type[Document]]] = {
    routes.DETECT: (DetectRequest, DetectResponse),
    routes.OCR: (OcrRequest, OcrResponse),
    routes.PREPROCESS: (PreprocessRequest, PreprocessResponse),
    routes.SEGMENT_FIELD: (SegmentFieldRequest, SegmentFieldResponse),
    routes.DETECT_EDGES: (DetectEdgesRequest, DetectEdgesResponse),
}


@dataclass(frozen=True)
class Reply:
    """What is answered instead; no status: the connection is cut."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def refusal(kind: RefusalKind, what: str = "refused", **headers: str) -> Reply:
    """A refusal in the wire's form."""
    said = Refusal(error=RefusalDetail(kind=kind, what=what))
    return Reply(STATUS[kind], said.model_dump_json().encode(), {k.replace("_", "-"): v for k, v in headers.items()})


class StandInHost:
    """A host that can be stopped and started again at the same address.

    Attributes:
        misbehave: asked for each request by its path and number, from 0; gives the reply to be sent instead, or None.
        models: what it says to have, when it is asked whether it is ready.
        asked: every request that was answered with a result.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.misbehave: Callable[[str, int], Reply | None] = lambda _path, _number: None
        self.asked: list[Request] = []
        self.digests: dict[str, str] = {}
        self.shown: set[str] = set()
        self.models: dict[str, str] = {}
        self._seen = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"host": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Gone at once, as if it were killed: whatever is under way is cut."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for connection in list(self._connections):
            cut(connection)

    def number(self) -> int:
        self._seen += 1
        return self._seen - 1

    def digest(self, model: str, precision: Any, weights: str = "") -> str:
        return self.digests.get(model) or self.inference.digest(model, precision, weights)

    def result(self, path: str, request: Any, jpegs: list[bytes]) -> Document:
        about = (Asked(one, HeldPicture(one.id, jpeg)) for one, jpeg in zip(request.images, jpegs, strict=True))
        if path == routes.DETECT + routes.DEBUG:
            found = [
                DebugResult(id=one.about.id, candidates=self.inference.candidates(one, request.config)) for one in about
            ]
            return DebugResponse(request_id=request.request_id, results=tuple(found))
        operations: dict[str, Callable[..., Iterator[Any]]] = {
            routes.DETECT: self.inference.detect,
            routes.OCR: self.inference.read,
            routes.PREPROCESS: self.inference.crop,
            routes.SEGMENT_FIELD: self.inference.segment_field,
            routes.DETECT_EDGES: self.inference.find_bands,
        }
        results = tuple(operations[path](about, request.config))
        return KINDS[path][1](request_id=request.request_id, results=results)  # type: ignore[call-arg]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    host: StandInHost
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.host._connections.add(self.connection)

    def finish(self) -> None:
        self.host._connections.discard(self.connection)

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.host.shown.add(self.headers.get("Authorization", ""))
        if (instead := self.host.misbehave(path, self.host.number())) is not None:
            self._send(instead)
        elif path == routes.READY:
            self._say(Ready(models=self.host.models))
        else:
            name, precision = path.removeprefix(routes.MODELS + "/"), query.get("precision", ["auto"])[0]
            digest = self.host.digest(name, precision, query.get("weights", [""])[0])
            self._say(ModelInfo(name=name, digest=digest, engine="openvino", precision=precision))

    def do_POST(self) -> None:
        host = self.host
        asked = host.asked  # a request that outlasts its test counts in the list of that test
        host.shown.add(self.headers.get("Authorization", ""))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if (instead := host.misbehave(self.path, host.number())) is not None:
            self._send(instead)
            return
        document, *jpegs = parts(body, self.headers["Content-Type"])
        kind = KINDS[self.path.removesuffix(routes.DEBUG)][0]
        request = kind.model_validate_json(document)
        for model, digest in request.models.items():
            if digest != host.digest(model, request.config.precision):  # type: ignore[attr-defined]
                self._send(refusal("model_mismatch", f"{model} is another"))
                return
        answer = host.result(self.path, request, jpegs)
        asked.append(request)  # before the client can go on and look
        self._say(answer)

    def _say(self, document: Document) -> None:
        self._send(Reply(200, document.model_dump_json().encode()))

    def _send(self, reply: Reply) -> None:
        if reply.status is None:
            cut(self.connection)
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError):  # the other end, or `stop`, has cut it
            self.close_connection = True


def cut(connection: socket.socket) -> None:
    """End a connection in the middle of whatever it carries."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it is gone already
        return


def parts(body: bytes, content_type: str) -> list[bytes]:
    """The contents of a multipart body."""
    boundary = b"--" + content_type.split("boundary=")[1].encode()
    pieces = body.split(boundary)[1:-1]
    return [piece.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n") for piece in pieces]


@contextmanager
def standing_in(inference: Inference) -> Iterator[StandInHost]:
    """A started host."""
    host = StandInHost(inference)
    host.start()
    try:
        yield host
    finally:
        host.stop()
