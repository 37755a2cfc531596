"""Anthropic, by its own SDK."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, BatchState, ProviderError, Reply, Usage
from mpr_core.cascade.providers.manners import Manner, Ways
from mpr_core.cascade.providers.sdk_provider import SdkProvider

_COUNTED = ("processing", "succeeded", "errored", "canceled", "expired")
_CUT = ("max_tokens", "model_context_window_exceeded")


class _Block(BaseModel):
    type: str
    text: str = ""


class _Tokens(BaseModel):
    input_tokens: int = Field(ge=0)
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int = Field(ge=0)


class _Message(BaseModel):
    """What is needed of a message."""

    content: list[_Block]
    model: str
    stop_reason: str | None = None
    usage: _Tokens


class AnthropicProvider(SdkProvider):
    """A model of Anthropic's; never given a temperature, which the newer ones refuse."""

    # Some models always think, then as little as can be; the older ones have neither field.
    MANNERS = (Manner("thinking", ("thinking", "effort"), ("disabled", "low effort", "unsaid")),)

    def put(self, ask: Ask, ways: Ways) -> Reply:
        import anthropic

        create = self.client.messages.with_raw_response.create
        request = _request(ask, self.model, ways)
        response = self.failures.guarded(anthropic, lambda: create(**request))
        return self._read(response.http_response.content)

    def begin_batch(self, asks: Mapping[str, Ask], /) -> str:
        """See `BatchProvider.begin_batch`."""
        import anthropic

        ways = self.manners.now()
        requests: Any = [{"custom_id": name, "params": _request(ask, self.model, ways)} for name, ask in asks.items()]
        create = self.client.messages.batches.create
        return self.name_in(self.failures.guarded(anthropic, lambda: create(requests=requests)))

    def batch_state(self, batch: str, /) -> BatchState:
        """See `BatchProvider.batch_state`."""
        import anthropic

        found = self.failures.guarded(anthropic, lambda: self.client.messages.batches.retrieve(batch))
        with self.reading():
            counts = found.request_counts.model_dump(include=set(_COUNTED))
            total = sum(counts.values())
            return BatchState(found.processing_status == "ended", total - counts.get("processing", 0), total)

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        """See `BatchProvider.batch_outcomes`."""
        import anthropic

        for line in self.failures.guarded(anthropic, lambda: self._lines(batch)):
            if (name := getattr(line, "custom_id", None)) is not None:  # else it says it of no question
                yield name, self.outcome(partial(self._of_batch, line))

    def _lines(self, batch: str) -> list[Any]:
        """The results' lines, which the SDK reads as they come, outside what it makes errors of its own of."""
        import anthropic
        import httpx2

        try:
            with self.reading():
                return list(self.client.messages.batches.results(batch))
        except httpx2.TimeoutException:
            failure = self.failures.of("timeout", "its results did not come in time")
        except httpx2.TransportError as error:
            failure = self.failures.of("disconnected", str(error) or type(error).__name__)
        except anthropic.APIError:
            raise
        except anthropic.AnthropicError as error:  # the batch names no place of its results, which are kept for 29 days
            failure = self.failures.of("rejected", str(error))
        raise failure

    def _of_batch(self, line: Any) -> Reply:
        result = line.result
        if result.type == "succeeded":
            return self._read(result.message.model_dump_json(warnings=False).encode())
        if result.type != "errored":
            raise self.failures.of("unavailable", f"not worked on: {result.type}")
        error = result.error.error
        raise self.failures.of("rejected" if error.type == "invalid_request_error" else "unavailable", error.message)

    def _read(self, content: bytes) -> Reply:
        try:
            message = _Message.model_validate_json(content)
        except ValidationError as error:
            raise self.failures.of("invalid", f"no message: {error.error_count()} fields do not fit") from error
        tokens = message.usage
        cached = (tokens.cache_creation_input_tokens or 0) + (tokens.cache_read_input_tokens or 0)
        usage = Usage(tokens.input_tokens + cached, tokens.output_tokens)
        text = "".join(block.text for block in message.content if block.type == "text")
        if message.stop_reason == "refusal":
            raise self.failures.of("refused", text or "it declines to answer", usage=usage)
        if message.stop_reason in _CUT:
            raise self.failures.of("truncated", f"it stopped at {message.stop_reason}", usage=usage)
        return self.reply(text, usage, message.model)


def _request(ask: Ask, model: str, ways: Ways) -> dict[str, Any]:
    pictures = [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/jpeg", "data": b64encode(picture).decode("ascii")},
        }
        for picture in ask.pictures
    ]
    output: dict[str, Any] = {"format": {"type": "json_schema", "schema": dict(ask.schema)}}
    if ways["thinking"] == "low effort":
        output["effort"] = "low"
    request = {
        "model": model,
        "max_tokens": ask.max_output_tokens,
        "system": ask.instructions,
        "messages": [{"role": "user", "content": [*pictures, {"type": "text", "text": ask.prompt}]}],
        "output_config": output,
    }
    return request | ({"thinking": {"type": "disabled"}} if ways["thinking"] == "disabled" else {})


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> AnthropicProvider:
    """See `open_provider`."""
    import anthropic

    client = anthropic.Anthropic(
        api_key=endpoint.key.get_secret_value(),
        base_url=endpoint.url,
        timeout=timeout_s,
        max_retries=0,
        http_client=anthropic.DefaultHttpxClient(follow_redirects=False),
    )
    return AnthropicProvider("anthropic", model, endpoint, client)
