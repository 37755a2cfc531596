"""The language model behind the inference host's /vlm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import ValidationError

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, FailureKind, ProviderError, Reply, Usage
from mpr_core.cascade.providers.failures import Failures, kind_of, retry_after_s
from mpr_core.wire.envelope import IMAGES_PART, REQUEST_ID_HEADER, REQUEST_PART, ImageRef
from mpr_core.wire.health import bare_name
from mpr_core.wire.refusal import Refusal, RefusalKind
from mpr_core.wire.routes import VLM
from mpr_core.wire.vlm import VlmRequest, VlmResponse

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

# Where the host's own word says more than the status it comes with.
_KINDS: Mapping[RefusalKind, FailureKind] = {
    "model_failed": "invalid",
    "version_mismatch": "rejected",
    "model_mismatch": "rejected",
}
_JSON, _JPEG = "application/json", "image/jpeg"


class HostProvider:
    """The host's model, by name or by name and digest; empty: whichever it has."""

    name = "host"

    def __init__(self, model: str, endpoint: Endpoint, pool: PoolManager) -> None:
        self.model = model
        self._url = endpoint.url + VLM
        self._pool = pool
        self._failures = Failures(self.name, model, endpoint)

    def ask(self, ask: Ask, /) -> Reply:
        """See `Provider.ask`."""
        response = self._sent(self._request(ask), ask)
        if response.status != 200:
            raise self._refused(response)
        try:
            answer = VlmResponse.model_validate_json(response.data)
        except ValidationError as error:
            why = f"not the host's answer: {error.error_count()} fields do not fit"
            raise self._failures.of("invalid", why) from error
        usage = Usage(answer.usage.input_tokens, answer.usage.output_tokens)
        return Reply(answer=answer.answer, usage=usage, model=answer.model)

    def close(self) -> None:
        """See `Provider.close`."""
        self._pool.clear()

    def _request(self, ask: Ask) -> VlmRequest:
        try:
            return VlmRequest(
                request_id=uuid4().hex,
                instructions=ask.instructions,
                prompt=ask.prompt,
                answer_schema=dict(ask.schema),
                max_output_tokens=ask.max_output_tokens,
                model=bare_name(self.model),  # the digest behind it is for our own books
                images=tuple(ImageRef(id=str(i)) for i in range(len(ask.pictures))),
            )
        except ValidationError as error:
            raise self._failures.of("rejected", "the question is longer than the host takes") from error

    def _sent(self, request: VlmRequest, ask: Ask) -> BaseHTTPResponse:
        from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

        pictures = [(IMAGES_PART, (f"{i}.jpg", picture, _JPEG)) for i, picture in enumerate(ask.pictures)]
        document = (REQUEST_PART, ("request.json", request.model_dump_json(), _JSON))
        headers = {**self._pool.headers, REQUEST_ID_HEADER: request.request_id}
        try:
            return self._pool.request(
                "POST", self._url, fields=[document, *pictures], headers=headers, retries=False, redirect=False
            )
        except NewConnectionError as error:  # which urllib3 counts among its timeouts
            raise self._failures.of("disconnected", str(error)) from error
        except TimeoutError as error:
            raise self._failures.of("timeout", "no answer in time") from error
        except HTTPError as error:
            raise self._failures.of("disconnected", str(error)) from error

    def _refused(self, response: BaseHTTPResponse) -> ProviderError:
        try:
            told = Refusal.model_validate_json(response.data).error
        except ValidationError:  # a proxy's, or another server's
            return self._failures.of_status(response.status, response.reason or "", response.headers)
        said = ": ".join(part for part in (told.what, told.where, told.why) if part)
        kind = _KINDS.get(told.kind, kind_of(response.status))
        return self._failures.of(kind, said, retry_after_s=retry_after_s(response.headers))


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> HostProvider:
    """See `open_provider`."""
    from urllib3 import PoolManager, Timeout

    token = endpoint.key.get_secret_value()
    pool = PoolManager(
        maxsize=16,  # as many questions as may be in flight
        timeout=Timeout(connect=timeout_s, read=timeout_s),
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    return HostProvider(model, endpoint, pool)
