"""S3 on a loopback port: moto's server, and a proxy before it that misbehaves as told."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlparse

from pydantic import SecretStr

from mpr_core.store.object_store import ObjectStore
from mpr_core.store.s3 import S3Access

KEY_ID, SECRET = "a-key-id", "not-to-be-seen-anywhere"
BUCKET = "media"
_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"}
Plan = Callable[["Asked"], "str | None"]
"""What happens to a request: None passes it on; a status as '503'; 'reset', 'hang', 'cut', or 'page' (no S3 at all)."""


@dataclass(frozen=True)
class Wire:
    """A server, and who may ask it."""

    endpoint_url: str
    key_id: str = KEY_ID
    secret: str = SECRET

    def access(self, **more: Any) -> S3Access:
        """Access with the wire's keys and little patience; `more` goes on top."""
        keys = {"access_key_id": SecretStr(self.key_id), "secret_access_key": SecretStr(self.secret)}
        return S3Access(**{"endpoint_url": self.endpoint_url, "patience_s": 5, "stall_s": 5, **keys, **more})

    def store(self, root: str = f"s3://{BUCKET}", **more: Any) -> ObjectStore:
        """A root on the wire."""
        return ObjectStore(root, self.access(**more))

    def client(self) -> Any:
        """A boto3 client, which does what MPR would not."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
        )

    def environment(self, bucket: str = BUCKET) -> dict[str, str]:
        """What `mpr` needs to work on this wire."""
        return {
            "MPR_MEDIA_IN": f"s3://{bucket}/in",
            "MPR_MEDIA_OUT": f"s3://{bucket}/out",
            "S3_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }


@contextmanager
def moto_wire(bucket: str = BUCKET) -> Iterator[Wire]:
    """moto's server with one bucket; it takes any key."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        wire = Wire(f"http://{host}:{port}")
        wire.client().create_bucket(Bucket=bucket)
        yield wire
    finally:
        server.stop()


@dataclass(frozen=True)
class Asked:
    """One request that the proxy got."""

    method: str
    path: str
    headers: dict[str, str]
    before: int
    """Requests of this method before it."""


@dataclass
class Proxy:
    """What a misbehaving proxy does, to be changed between requests, and what it was asked."""

    plan: Plan = field(default=lambda _asked: None)
    drop_headers: tuple[str, ...] = ()
    set_headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    wire: Wire = field(default_factory=lambda: Wire(""))
    released: threading.Event = field(default_factory=threading.Event)

    def count(self, method: str) -> int:
        return sum(asked.method == method for asked in self.asked)


@contextmanager
def proxied(behind: Wire) -> Iterator[Proxy]:
    """A proxy before a server; it passes everything on until its plan says otherwise."""
    proxy = Proxy()
    target = urlparse(behind.endpoint_url).netloc
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

        def _handle(self) -> None:
            with lock:
                asked = Asked(self.command, self.path, dict(self.headers), proxy.count(self.command))
                proxy.asked.append(asked)
            fate = proxy.plan(asked)
            if fate == "reset":  # in the middle of the body
                self.rfile.read(min(1000, int(self.headers.get("Content-Length") or 0)))
                self.close_connection = True
                self.connection.close()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if fate == "hang":
                proxy.released.wait(20)
                self.close_connection = True
            elif fate == "page":
                self._answer(200, {"Content-Type": "text/html"}, b"<html>a page</html>")
            elif fate is not None and fate != "cut":
                code = {"403": "AccessDenied", "503": "SlowDown"}.get(fate, "InternalError")
                self._answer(int(fate), {}, f"<Error><Code>{code}</Code></Error>".encode())
            else:
                self._pass_on(body, cut=fate == "cut")

        def _pass_on(self, body: bytes, *, cut: bool) -> None:
            connection = http.client.HTTPConnection(target, timeout=20)
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    proxy.wire = Wire(f"http://127.0.0.1:{server.server_address[1]}", behind.key_id, behind.secret)
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
