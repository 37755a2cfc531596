"""Where the instance keeps what runs print: a bucket that Dagster writes to by itself, found as boto3 finds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import yaml

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.doctor.store_root import store_root
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.home import Home

# boto3 does not read S3_ENDPOINT_URL, which the two roots go by.
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def compute_logs(home: Home) -> Iterator[Diagnosis]:
    """Whether objects can be kept there. Nothing where `dagster.yaml` names no bucket, or one of a variable that is not set.

    Raises:
        MprError: what the store says, or does otherwise than it was asked.
    """
    path = home.dagster_home() / "dagster.yaml"
    read: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    block = (read or {}).get("compute_logs") or {}
    config = block.get("config") or {}
    bucket = _value(config.get("bucket"))
    if block.get("class") == "S3ComputeLogManager" and bucket:
        root = f"s3://{bucket}/{_value(config.get('prefix')) or 'dagster'}"
        endpoint = _value(config.get("endpoint_url")) or next(filter(None, map(os.environ.get, _ENDPOINTS)), "")
        access = home.settings.s3_access().model_copy(update={"endpoint_url": endpoint.rstrip("/")})
        yield from store_root("compute logs", lambda: ObjectStore(root, access))


def _value(given: Any) -> str:
    """A setting of `dagster.yaml`, which may stand in a variable."""
    return os.environ.get(given["env"], "") if isinstance(given, dict) else str(given or "")
