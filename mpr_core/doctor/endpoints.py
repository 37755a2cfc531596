"""The hosts that a run asks over HTTP: the inference host, and the endpoint of a vision-language model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.errors import MprError
from mpr_core.header_secret import fits_a_header
from mpr_core.inference.host.access import HostAccess, without_login
from mpr_core.inference.host.exchange import Exchange, HostAway, HostBusy
from mpr_core.wire import routes
from mpr_core.wire.health import Ready

_TIMEOUT_S = 5.0
_MOST_BYTES = 1 << 20
_MOST_MODELS = 5
_NAME_A_MODEL = "set VLM_MODEL to one it has: escalate_vlm is skipped unless the profile names a model"


class NoAnswer(Exception):
    """An address that gives no usable document; the text says why."""


def inference_host(access: HostAccess | None) -> Iterator[Diagnosis]:
    """Whether the inference host is ready, and of this version.

    Args:
        access: None means that models run in-process.
    """
    name = "inference host"
    if access is None:
        yield Diagnosis(name=name, state="ok", found="none: INFERENCE_URL is not set, models run in-process")
        return
    exchange = Exchange(replace(access, answer_s=_TIMEOUT_S))
    try:
        ready = exchange.get(routes.READY, Ready)
        found = f"{access.place}: ready, version {ready.version}, {', '.join(ready.models) or 'no model'}"
        yield Diagnosis(name=name, state="ok", found=found)
    except (HostAway, HostBusy) as error:
        remedy = "start it and wait until its models are loaded, check INFERENCE_URL and INFERENCE_TOKEN, or unset them"
        yield Diagnosis(name=name, state="failure", found=f"{access.place}: not ready ({error})", remedy=remedy)
    except MprError as error:
        found = f"{access.place}: {error.what} ({error.why})"
        yield Diagnosis(name=name, state="failure", found=found, remedy=error.remedy)
    finally:
        exchange.close()


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
        names = _model_names(document(f"{place.rstrip('/')}/models", key))
    except NoAnswer as error:
        remedy = "start it, check VLM_URL (it ends in /v1) and VLM_API_KEY, or set SKIP_VLM=1"
        yield Diagnosis(name=name, state="failure", found=f"{place}: {error}", remedy=remedy)
        return
    shown = ", ".join(names[:_MOST_MODELS]) or "no model"
    if model and model not in names:
        found, remedy = f"{place}: has {shown}, not {model}", "set VLM_MODEL to one it has"
        yield Diagnosis(name=name, state="failure", found=found, remedy=remedy)
    elif not model:
        found, remedy = f"{place}: answers, has {shown}; VLM_MODEL is not set", _NAME_A_MODEL
        yield Diagnosis(name=name, state="warning", found=found, remedy=remedy)
    else:
        yield Diagnosis(name=name, state="ok", found=f"{place}: answers, has {shown}")


def document(url: str, token: str) -> Any:
    """The JSON document at an address.

    Raises:
        NoAnswer: there is none within a few seconds, or it is elsewhere: the token is for this address alone.
    """
    bare = token.strip()
    if not fits_a_header(bare):
        raise NoAnswer("cannot be asked: the key holds a character that no key has")
    headers: Mapping[str, str] = {"Authorization": f"Bearer {bare}"} if bare else {}
    try:
        with build_opener(_NoRedirect).open(Request(url, headers=dict(headers)), timeout=_TIMEOUT_S) as response:
            return json.loads(response.read(_MOST_BYTES))
    except HTTPError as error:
        raise NoAnswer(f"answers {error.code} {error.reason}") from error
    except json.JSONDecodeError as error:
        raise NoAnswer("answers something that is not JSON") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"does not answer ({str(getattr(error, 'reason', error)) or type(error).__name__})") from error


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_given: Any) -> None:
        return None


def _model_names(listing: Any) -> list[str]:
    entries = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(entries, list):
        raise NoAnswer("answers, but lists no models")
    return [str(entry.get("id", "")) for entry in entries if isinstance(entry, dict)]
