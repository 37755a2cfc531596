"""The hosts that a run asks over HTTP: the inference host, and the endpoint of a vision-language model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from mpr_core.doctor.diagnosis import Diagnosis

_TIMEOUT_S = 5.0
_MOST_BYTES = 1 << 20
_MOST_MODELS = 5


class NoAnswer(Exception):
    """An address that gives no usable document; the text says why."""


def inference_host(url: str, token: str, own_version: str) -> Iterator[Diagnosis]:
    """Whether the inference host is ready, and of this version.

    Args:
        url: its base address; empty means that models run in-process.
        token: what it wants to be shown; empty sends none.
        own_version: MPR's; a host of another one refuses.
    """
    name = "inference host"
    if not url:
        yield Diagnosis(name=name, state="ok", found="none: INFERENCE_URL is not set, models run in-process")
        return
    place = without_login(url)
    try:
        answer = document(f"{url.rstrip('/')}/v2/health/ready", token)
    except NoAnswer as error:
        remedy = "start it and wait until its models are loaded, check INFERENCE_URL and INFERENCE_TOKEN, or unset them"
        yield Diagnosis(name=name, state="failure", found=f"{place}: {error}", remedy=remedy)
        return
    version = str(answer.get("version", "")) if isinstance(answer, dict) else ""
    if version == own_version:
        yield Diagnosis(name=name, state="ok", found=f"{place}: ready, version {version}")
    elif version:
        found, remedy = f"{place}: its version is {version}, this one is {own_version}", "deploy both from one release"
        yield Diagnosis(name=name, state="failure", found=found, remedy=remedy)
    else:
        found, remedy = f"{place}: ready, but does not say its version", "check that INFERENCE_URL is gpu_service's"
        yield Diagnosis(name=name, state="warning", found=found, remedy=remedy)


def language_model(url: str, model: str, key: str) -> Iterator[Diagnosis]:
    """Whether the OpenAI-compatible endpoint answers and has the model.

    Args:
        url: its base address, as `http://host:8000/v1`; empty means that none is asked.
    """
    name = "VLM"
    if not url:
        yield Diagnosis(name=name, state="ok", found="none: VLM_URL is not set, escalate_vlm is skipped")
        return
    place = without_login(url)
    try:
        names = _model_names(document(f"{url.rstrip('/')}/models", key))
    except NoAnswer as error:
        remedy = "start it, check VLM_URL (it ends in /v1) and VLM_API_KEY, or set SKIP_VLM=1"
        yield Diagnosis(name=name, state="failure", found=f"{place}: {error}", remedy=remedy)
        return
    shown = ", ".join(names[:_MOST_MODELS]) or "no model"
    if model and model not in names:
        found, remedy = f"{place}: has {shown}, not {model}", "set VLM_MODEL to one it has"
        yield Diagnosis(name=name, state="failure", found=found, remedy=remedy)
    else:
        yield Diagnosis(name=name, state="ok", found=f"{place}: answers, has {shown}")


def document(url: str, token: str) -> Any:
    """The JSON document at an address.

    Raises:
        NoAnswer: there is none within a few seconds.
    """
    headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(url, headers=dict(headers)), timeout=_TIMEOUT_S) as response:
            return json.loads(response.read(_MOST_BYTES))
    except HTTPError as error:
        raise NoAnswer(f"answers {error.code} {error.reason}") from error
    except json.JSONDecodeError as error:
        raise NoAnswer("answers something that is not JSON") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"does not answer ({str(getattr(error, 'reason', error)) or type(error).__name__})") from error


def without_login(url: str) -> str:
    """An address without the user and password that may stand in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _model_names(listing: Any) -> list[str]:
    entries = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(entries, list):
        raise NoAnswer("answers, but lists no models")
    return [str(entry.get("id", "")) for entry in entries if isinstance(entry, dict)]
