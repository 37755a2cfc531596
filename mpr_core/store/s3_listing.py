"""Listing a bucket that holds keys obstore does not read: one `..` or empty step in a key fails its whole listing.

Servers store such keys when others write them. They are none of ours (`object_store` refuses to make them), so they are left out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mpr_core.errors import StoreUnavailable
from mpr_core.store.s3 import DEFAULT_REGION, Bucket, S3Access


def plain_key(key: str) -> bool:
    """Whether a key names one thing below the root in every kind of store: no empty, '.' or '..' step."""
    return all(step not in ("", ".", "..") for step in key.split("/"))


def list_plain(bucket: Bucket, access: S3Access, folder: str) -> Iterator[dict[str, Any]]:
    """`path`, `size` and `last_modified` of every object with a plain key below a folder, as obstore's listing has them.

    Raises:
        StoreUnavailable: the listing broke off.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    below = "/".join(step for step in (bucket.prefix, folder) if step)
    root = f"{bucket.prefix}/" if bucket.prefix else ""
    try:
        for page in (
            _client(access)
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket.name, Prefix=f"{below}/" if below else "")
        ):
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(root)
                if plain_key(key):
                    yield {
                        "path": key,
                        "size": found["Size"],
                        "last_modified": found["LastModified"],
                        "e_tag": found.get("ETag"),
                    }
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(
            "the store did not list its objects",
            where=f"s3://{bucket.name}/{below}",
            why=type(error).__name__,
            remedy="check the store and run again",
        ) from error


def _client(access: S3Access) -> Any:
    import boto3
    from botocore.config import Config

    secrets = access.secrets()
    return boto3.client(
        "s3",
        endpoint_url=access.endpoint_url or None,
        region_name=access.region or DEFAULT_REGION,
        aws_access_key_id=secrets.get("access_key_id"),
        aws_secret_access_key=secrets.get("secret_access_key"),
        aws_session_token=secrets.get("session_token"),
        verify=None if access.ca_file is None else str(access.ca_file),
        config=Config(s3={"addressing_style": "virtual" if access.virtual_host else "path"}),
    )
