"""A bucket as a root: how it is reached, for AWS and for servers that speak its language (MinIO, R2, GCS by HMAC, Swift)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from pydantic import Field, SecretStr

from mpr_core.errors import ConfigError
from mpr_core.record import Record

if TYPE_CHECKING:
    from obstore.store import ClientConfig

# Servers at an own endpoint seldom care for the region, but it is part of every signature; this is what they answer to.
DEFAULT_REGION = "us-east-1"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_MOST_RETRIES = 12
_LONGEST_WAIT = timedelta(seconds=5)


class S3Access(Record):
    """Where a bucket is served and who asks. Secrets are never shown: neither here nor in a message.

    What is left empty is found as AWS prescribes (region `us-east-1`; keys of the machine's or the pod's role).
    """

    endpoint_url: str = Field(default="", description="empty: AWS itself")
    region: str = ""
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    virtual_host: bool = Field(default=False, description="bucket in the host's name instead of the path")
    ca_file: Path | None = Field(
        default=None, description="PEM of a private authority that signed the server's certificate"
    )
    patience_s: float = Field(default=60, gt=0, description="how long a request that may succeed later is repeated")
    stall_s: float = Field(default=30, gt=0, description="a request on which nothing moves for so long is given up")

    def secrets(self) -> dict[str, str]:
        """What is given of key, secret and token, by obstore's names."""
        given = {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "session_token": self.session_token,
        }
        return {name: secret.get_secret_value() for name, secret in given.items() if secret is not None}


class Bucket(Record):
    """A bucket and the folder in it that is the root (no slash around it; empty: all of it)."""

    name: str
    prefix: str


def bucket_of(url: str) -> Bucket:
    """The bucket and prefix that `s3://bucket/prefix` names.

    Raises:
        ConfigError: it names none.
    """
    parts = urlparse(url)
    prefix = parts.path.strip("/")
    plain = not prefix or all(step not in ("", ".", "..") for step in prefix.split("/"))
    if not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment or not plain:
        raise ConfigError(
            "not a bucket",
            where=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
            why="it is not of the form s3://bucket or s3://bucket/prefix",
            remedy="name a bucket; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    return Bucket(name=parts.netloc, prefix=prefix)


def open_bucket(bucket: Bucket, access: S3Access) -> Any:
    """obstore's store of a bucket: it signs, repeats what may succeed later with growing waits, and splits large uploads.

    Raises:
        ConfigError: the endpoint is no URL of a server, or one of two keys is missing.
    """
    from obstore.store import S3Store

    _check_keys(access)
    options: dict[str, Any] = {"region": access.region or DEFAULT_REGION, **access.secrets()}
    if access.endpoint_url:
        # Under both names: of its own, obstore prefers the environment's AWS_ENDPOINT_URL_S3 to what it is given.
        options["endpoint"] = options["aws_endpoint_url_s3"] = _endpoint(access, bucket)
    plain_http = access.endpoint_url.startswith("http://")
    client: ClientConfig = {
        "allow_http": plain_http,
        "connect_timeout": timedelta(seconds=min(5, access.stall_s)),
        "read_timeout": timedelta(seconds=access.stall_s),
        # No object is moved in one request of more than a block, see `object_store`.
        "timeout": timedelta(seconds=10 * access.stall_s),
        "user_agent": "mpr",
    }
    if access.ca_file is not None:
        client["root_certificate"] = _certificates(access.ca_file)
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        client_options=client,
        retry_config={
            "max_retries": _MOST_RETRIES,
            "retry_timeout": timedelta(seconds=access.patience_s),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": _LONGEST_WAIT, "base": 2},
        },
        # One request per key: GCS and others do not know the bulk request.
        disable_bulk_delete=True,
        # To hash a frame for the signature is half of what its upload costs; over https the bytes are protected anyway (boto3 does so too).
        unsigned_payload=not plain_http,
        virtual_hosted_style_request=access.virtual_host,
        **options,
    )


def _check_keys(access: S3Access) -> None:
    """A key without its secret is a slip; the machine's role in its place would be somebody else."""
    names = {"AWS_ACCESS_KEY_ID": access.access_key_id, "AWS_SECRET_ACCESS_KEY": access.secret_access_key}
    missing = [name for name, secret in names.items() if secret is None]
    if len(missing) == 1:
        (given,) = names.keys() - missing
        raise ConfigError(
            "half of the store's keys",
            where=missing[0],
            why=f"it is not set, and {given} is",
            remedy="set both, or neither to use this machine's role",
        )


def _certificates(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "cannot read the certificates",
            where=f"AWS_CA_BUNDLE: {path}",
            why=(error.strerror or str(error)).lower(),
            remedy="name a PEM file",
        ) from error


def _endpoint(access: S3Access, bucket: Bucket) -> str:
    parts = urlparse(access.endpoint_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigError(
            "not an endpoint",
            where="S3_ENDPOINT_URL",
            why="it is not of the form http://host:port or https://host",
            remedy="give the server's address alone; the bucket stands in MPR_MEDIA_IN and MPR_MEDIA_OUT",
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "not an endpoint",
            where="S3_ENDPOINT_URL",
            why="it holds a user name or password",
            remedy="put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    host = f"{bucket.name}.{parts.netloc}" if access.virtual_host else parts.netloc
    return f"{parts.scheme}://{host}"
