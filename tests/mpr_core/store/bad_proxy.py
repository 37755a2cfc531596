"""A proxy before an S3 server that misbehaves as it is told, and remembers what it was asked."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

from tests.mpr_core.store.s3_wire import Wire

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"}
_LONGEST_S = 20
Plan = Callable[["Asked"], "str | None"]
"""What happens to a request: None passes it on; a status as '503'; 'reset', 'hang', 'cut', or 'page' (no S3 at all)."""


@dataclass(frozen=True)
class Asked:
    """One request that the proxy got.

    Attributes:
        before: how many requests of this method came before it.
        signed_payload: what its signature says of the body, a sha256 or why there is none.
    """

    method: str
    path: str
    before: int
    signed_payload: str = ""


@dataclass
class Proxy:
    """What the proxy does, to be changed between requests, and what it was asked."""

    behind: Wire
    plan: Plan = field(default=lambda _asked: None)
    drop_headers: tuple[str, ...] = ()
    set_headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    wire: Wire = field(default_factory=lambda: Wire(""))
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str) -> int:
        return sum(asked.method == method for asked in self.asked)

    def note(self, method: str, path: str, signed_payload: str = "") -> Asked:
        """Remember a request."""
        with self.lock:
            asked = Asked(method, path, self.count(method), signed_payload)
            self.asked.append(asked)
        return asked


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, _request: object, _address: object) -> None:
        """Say nothing of a client that went away or did not trust the certificate."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        proxy = self.server.proxy
        fate = proxy.plan(proxy.note(self.command, self.path, self.headers.get("x-amz-content-sha256", "")))
        length = int(self.headers.get("Content-Length") or 0)
        if fate == "reset":  # in the middle of the body
            self.rfile.read(min(1000, length))
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(length)
        if fate == "hang":
            proxy.released.wait(_LONGEST_S)
            self.close_connection = True
        elif fate == "page":
            self._answer(200, {"Content-Type": "text/html"}, b"<html>a page</html>")
        elif fate is not None and fate != "cut":
            code = {"403": "AccessDenied", "503": "SlowDown"}.get(fate, "InternalError")
            self._answer(int(fate), {}, f"<Error><Code>{code}</Code></Error>".encode())
        else:
            self._pass_on(body, cut=fate == "cut")

    def _pass_on(self, body: bytes, *, cut: bool) -> None:
        proxy = self.server.proxy
        connection = http.client.HTTPConnection(urlparse(proxy.behind.endpoint_url).netloc, timeout=_LONGEST_S)
        kept = {n: v for n, v in self.headers.items() if n.lower() not in (*proxy.drop_headers, "connection")}
        connection.request(self.command, self.path, body or None, kept | proxy.set_headers)
        answer = connection.getresponse()
        data = answer.read()
        headers = {n: v for n, v in answer.getheaders() if n.lower() not in _HOP_BY_HOP}
        length = answer.getheader("Content-Length") or str(len(data))
        connection.close()
        self._answer(answer.status, headers, data[: len(data) // 2] if cut else data, length)

    def _answer(self, status: int, headers: dict[str, str], data: bytes, length: str | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
            if length is not None and int(length) != len(data):
                self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _handle  # noqa: N815 - http.server's names


@contextmanager
def proxied(behind: Wire, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A proxy before a server; it passes everything on until its plan says otherwise. With `tls` it speaks https."""
    proxy = Proxy(behind)
    server = _Server(proxy)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    scheme = "http" if tls is None else "https"
    proxy.wire = Wire(f"{scheme}://127.0.0.1:{server.server_address[1]}", behind.key_id, behind.secret)
    try:
        yield proxy
    finally:
        proxy.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def first(times: int, fate: str, method: str | None = None) -> Plan:
    """A plan: the first so many requests (of a method) fare so, the rest are passed on."""
    return lambda asked: fate if method in (None, asked.method) and asked.before < times else None
