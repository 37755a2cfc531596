"""S3 on a loopback port: moto's server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from mpr_core.store.object_store import ObjectStore
from mpr_core.store.s3 import S3Access

KEY_ID, SECRET = "a-key-id", "not-to-be-seen-anywhere"
BUCKET = "media"


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
