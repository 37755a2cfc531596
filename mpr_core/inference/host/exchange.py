"""One request to the inference host and its answer, held against the wire's records; nothing is repeated here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

import urllib3
from pydantic import ValidationError
from urllib3.exceptions import HTTPError

from mpr_core.errors import InferenceChanged, InferenceFailed, InferenceRefused, ModelMissing, MprError
from mpr_core.inference.host.access import HostAccess
from mpr_core.record import problems_of
from mpr_core.wire.envelope import FORMAT, IMAGES_PART, REQUEST_ID_HEADER, REQUEST_PART, Document, Request, mpr_version
from mpr_core.wire.refusal import Refusal, RefusalDetail, RefusalKind

CONNECTIONS = 8
_CONNECT_S = 5.0
_MOST_BYTES = 256 << 20
_AWAY = {502: "bad gateway", 503: "not ready", 504: "gateway timeout"}
_REFUSED_REMEDY = "check INFERENCE_URL and INFERENCE_TOKEN, or unset them to infer in-process"
_NOT_THE_TOKEN = "the inference host does not take the token"
_LOG_REMEDY = "see the host's log"
# What whoever runs MPR can do; the host's own words are for whoever makes requests.
_REMEDIES: dict[RefusalKind, str] = {
    "unauthorised": _REFUSED_REMEDY,
    "not_found": _REFUSED_REMEDY,
    "version_mismatch": "deploy both from one release",
    "model_missing": "put the file below the host's models folder, and name its path below that",
    "too_large": "raise the host's limits (GPU_MAX_BODY_MIB, GPU_MAX_IMAGES, GPU_MAX_PIXELS)",
    "bad_image": "delete the timeline's cache (mpr timeline ID --delete-cache) and run again",
}

A = TypeVar("A", bound=Document)


class HostAway(Exception):
    """No answer, or one that says that the host is not there; the text says how."""


class HostBusy(Exception):
    """429: it has more to do than it takes.

    Args:
        retry_after_s: how long it asks to be left alone.
    """

    def __init__(self, why: str, retry_after_s: float) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Exchange:
    """A pooled set of connections to one host. May be used from several threads."""

    def __init__(self, access: HostAccess) -> None:
        self._access = access
        token = access.token.get_secret_value()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=_CONNECT_S, read=access.answer_s),
        )

    def get(self, path: str, kind: type[A], query: Mapping[str, str] | None = None) -> A:
        """A document of the host.

        Raises:
            HostAway, HostBusy: it may be had later.
            MprError: see `post`.
        """
        return self._asked("GET", path + (f"?{urlencode(query)}" if query else ""), kind, {}, None)

    def post(self, path: str, request: Request, jpegs: Sequence[bytes], kind: type[A]) -> A:
        """The answer to a request about pictures.

        Raises:
            HostAway, HostBusy: it may be had later.
            InferenceRefused: the host turns every such request down, or is none of this version.
            InferenceChanged: its models are not those that the request names.
            InferenceFailed: it answers that it failed, or something that is no answer.
        """
        files = [(IMAGES_PART, (f"{i}.jpg", jpeg, "image/jpeg")) for i, jpeg in enumerate(jpegs)]
        document = (REQUEST_PART, request.model_dump_json().encode(), "application/json")
        body, content_type = urllib3.encode_multipart_formdata([(REQUEST_PART, ("", *document[1:])), *files])
        headers = {"Content-Type": content_type, REQUEST_ID_HEADER: request.request_id}
        return self._asked("POST", path, kind, headers, body)

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def _asked(self, method: str, path: str, kind: type[A], headers: Mapping[str, str], body: bytes | None) -> A:
        try:
            answer = self._pool.request(
                method,
                self._access.url.rstrip("/") + path,
                headers={**self._headers, **headers},
                body=body,
                redirect=False,
                preload_content=False,
            )
            try:
                data = answer.read(_MOST_BYTES)
            finally:
                answer.release_conn()
        except HTTPError as error:
            raise HostAway(_in_words(error)) from error
        if answer.status == 200:
            return self._document(data, kind)
        raise self._refused(answer.status, answer.headers.get("Retry-After", ""), data)

    def _document(self, data: bytes, kind: type[A]) -> A:
        try:
            found = kind.model_validate_json(data)
        except ValidationError as error:
            raise self._no_answer(data, problems_of(error)) from error
        if not {"format", "version"} <= found.model_fields_set:
            raise self._no_answer(data, "no version")
        if found.version != mpr_version():
            raise self._other_version(found.version)
        return found

    def _no_answer(self, data: bytes, why: str) -> MprError:
        """The error of an answer that is none; of another version it may well have other fields."""
        try:
            given = json.loads(data)
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, dict) and str(given.get("version") or mpr_version()) != mpr_version():
            return self._other_version(str(given["version"])[:50])
        if isinstance(given, dict) and given.get("format") == FORMAT:
            return InferenceFailed(
                "the inference host gave an answer that does not fit",
                where=self._access.place,
                why=why[:500],
                remedy="deploy MPR and the host from one release",
            )
        return InferenceRefused(
            "this is no inference host",
            where=self._access.place,
            why="it answers something that is not MPR's",
            remedy="check that INFERENCE_URL is gpu_service's",
        )

    def _other_version(self, theirs: str) -> InferenceRefused:
        return InferenceRefused(
            "MPR and the inference host are of different versions",
            where=self._access.place,
            why=f"MPR is {mpr_version()}, the host is {theirs}",
            remedy="deploy both from one release",
        )

    def _refused(self, status: int, retry_after: str, data: bytes) -> Exception:
        try:
            said = Refusal.model_validate_json(data).error
        except ValidationError:
            said = None
        if status == 429:
            return HostBusy(said.what if said else "overloaded", _seconds(retry_after))
        if status in _AWAY:
            words = ", ".join(part for part in (said.what, said.why) if part) if said else _AWAY[status]
            return HostAway(f"{status}: {words}")
        if said is not None:
            return self._said(status, said)
        if status == 401:
            return self._error(InferenceRefused, _NOT_THE_TOKEN, "401", _REFUSED_REMEDY)
        if status >= 500:
            return self._error(InferenceFailed, "the inference host failed", f"it answers {status}", _LOG_REMEDY)
        what = "the inference host turns the request down"
        return self._error(InferenceRefused, what, f"it answers {status} without saying why", _REFUSED_REMEDY)

    def _said(self, status: int, said: RefusalDetail) -> MprError:
        """The error of a refusal in the wire's form."""
        why = "; ".join(part for part in (said.where, said.why) if part) or f"it answers {status}"
        remedy = _REMEDIES.get(said.kind) or said.remedy or _LOG_REMEDY
        if said.kind == "unauthorised":
            return self._error(InferenceRefused, _NOT_THE_TOKEN, why, remedy)
        if said.kind == "model_mismatch":
            changed = "the inference host's models have changed meanwhile"
            return self._error(InferenceChanged, changed, why, "run again: the stage begins anew")
        kind: type[MprError] = InferenceFailed if status >= 500 else InferenceRefused
        return self._error(
            ModelMissing if said.kind == "model_missing" else kind, f"the inference host: {said.what}", why, remedy
        )

    def _error(self, kind: type[MprError], what: str, why: str, remedy: str) -> MprError:
        return kind(what, where=self._access.place, why=why, remedy=remedy)


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds; a date, or nothing, is a second."""
    return min(60.0, float(retry_after)) if retry_after.isdecimal() else 1.0


def _in_words(error: HTTPError) -> str:
    """Why there was no answer, in a few words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return type(error).__name__
