"""Gemini, by Google's own SDK, at the Developer API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, BatchState, ProviderError, Reply, Usage
from mpr_core.cascade.providers.manners import Manner, Ways
from mpr_core.cascade.providers.sdk_provider import SdkProvider

if TYPE_CHECKING:
    from google.genai.types import GenerateContentConfig, GenerateContentResponse

_THINKING: Mapping[str, dict[str, Any]] = {
    "minimal": {"thinking_level": "MINIMAL"},
    "no budget": {"thinking_budget": 0},
}
_CUT = ("MAX_TOKENS", "CONTINUATION")
_FAULTY = ("OTHER", "LANGUAGE", "MALFORMED_RESPONSE", "FINISH_REASON_UNSPECIFIED")
_NAME = "question"
_ANSWERED = ("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED")
_ENDED = (*_ANSWERED, "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED")
_INVALID_ARGUMENT = 3  # of Google's status codes
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


class GeminiProvider(SdkProvider):
    """A model of Google's."""

    # The 3rd generation counts thoughts by levels, the 2nd by a budget.
    MANNERS = (Manner("thinking", ("thinking",), ("minimal", "no budget", "unsaid")),)

    def put(self, ask: Ask, ways: Ways) -> Reply:
        generate = self.client.models.generate_content
        return self._reply(
            self._guarded(lambda: generate(model=self.model, contents=_parts(ask), config=_config(ask, ways)))
        )

    def begin_batch(self, asks: Mapping[str, Ask], /) -> str:
        """See `BatchProvider.begin_batch`."""
        from google.genai.types import InlinedRequest

        ways = self.manners.now()
        requests = [
            InlinedRequest(contents=_parts(ask), config=_config(ask, ways), metadata={_NAME: name})
            for name, ask in asks.items()
        ]
        job = self._guarded(lambda: self.client.batches.create(model=self.model, src=requests))
        return self.name_in(job, "name")

    def batch_state(self, batch: str, /) -> BatchState:
        """See `BatchProvider.batch_state`. How many are done it does not say."""
        job = self._guarded(lambda: self.client.batches.get(name=batch))
        state = job.state.name if job.state is not None else ""
        why = "" if state in _ANSWERED else (job.error.message if job.error else "") or state
        return BatchState(state in _ENDED, why=self.failures.shown(why))

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        """See `BatchProvider.batch_outcomes`."""
        job = self._guarded(lambda: self.client.batches.get(name=batch))
        for one in (job.dest.inlined_responses if job.dest is not None else None) or []:
            yield (one.metadata or {}).get(_NAME, ""), self.outcome(partial(self._of_batch, one))

    def _of_batch(self, one: Any) -> Reply:
        if one.response is None:
            kind: Any = "rejected" if one.error and one.error.code == _INVALID_ARGUMENT else "unavailable"
            raise self.failures.of(kind, f"not worked on: {one.error.message if one.error else 'no reason given'}")
        return self._reply(one.response)

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """What `call` returns; raised without the SDK's own error behind it, whose text may show a part of the key."""
        import httpx2
        from google.genai.errors import APIError

        try:
            return call()
        except APIError as error:
            failure = self._of_status(error)
        except httpx2.TimeoutException:
            failure = self.failures.of("timeout", "no answer in time")
        except httpx2.TransportError as error:
            failure = self.failures.of("disconnected", str(error) or type(error).__name__)
        except (
            ValueError,
            RecursionError,
        ) as error:  # the body is no response, or the JSON in it, which the SDK reads too
            failure = self.failures.of("invalid", f"its response cannot be read ({type(error).__name__})")
        raise failure

    def _of_status(self, error: Any) -> ProviderError:
        headers = dict(error.response.headers) if error.response is not None else {}
        delay = _delay(error.details)
        if delay and "retry-after" not in headers:
            headers["retry-after"] = delay
        return self.failures.of_status(error.code, str(error.message or error.status or ""), headers)

    def _reply(self, response: GenerateContentResponse) -> Reply:
        usage = _usage(response)
        feedback = response.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            raise self.failures.of("refused", f"blocked: {feedback.block_reason.value}", usage=usage)
        if not response.candidates:
            raise self.failures.of("invalid", "a response without an answer", usage=usage)
        candidate = response.candidates[0]
        ended = candidate.finish_reason.value if candidate.finish_reason is not None else "STOP"
        if ended in _CUT:
            raise self.failures.of("truncated", f"it stopped at {ended}", usage=usage)
        if ended != "STOP":
            kind: Any = "invalid" if ended in _FAULTY else "refused"
            raise self.failures.of(kind, f"it stopped at {ended}", usage=usage)
        parts = (candidate.content.parts if candidate.content is not None else None) or []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        return self.reply(text, usage, response.model_version or "")


def _parts(ask: Ask) -> list[Any]:
    from google.genai.types import Part

    pictures = [Part.from_bytes(data=picture, mime_type="image/jpeg") for picture in ask.pictures]
    return [*pictures, Part.from_text(text=ask.prompt)]


def _config(ask: Ask, ways: Ways) -> GenerateContentConfig:
    from google.genai.types import AutomaticFunctionCallingConfig, GenerateContentConfig, ThinkingConfig

    thinking = _THINKING.get(ways["thinking"])
    return GenerateContentConfig(
        system_instruction=ask.instructions,
        max_output_tokens=ask.max_output_tokens,
        response_mime_type="application/json",
        response_json_schema=dict(ask.schema),
        thinking_config=ThinkingConfig(**thinking) if thinking else None,
        automatic_function_calling=AutomaticFunctionCallingConfig(disable=True),
        # On by default: it would go on asking, and paying, past the most output tokens.
        automatic_continuation=False,
    )


def _usage(response: GenerateContentResponse) -> Usage:
    """Thoughts are paid as output."""
    counted = response.usage_metadata
    if counted is None:
        return Usage()
    return Usage(
        (counted.prompt_token_count or 0) + (counted.tool_use_prompt_token_count or 0),
        (counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0),
    )


def _delay(details: Any) -> str:
    """Seconds of the RetryInfo in an error's details, which Google sends in place of a header."""
    inner = details.get("error") if isinstance(details, dict) else None
    entries = inner.get("details") if isinstance(inner, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("@type") == _RETRY_INFO:
            return str(entry.get("retryDelay", "")).removesuffix("s")
    return ""


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> GeminiProvider:
    """See `open_provider`."""
    import httpx2
    from google.genai import Client
    from google.genai.types import HttpOptions

    options = HttpOptions(
        base_url=endpoint.url,
        timeout=round(timeout_s * 1000),
        # The SDK's own would follow a redirect, with the key, to wherever it leads.
        httpx_client=httpx2.Client(follow_redirects=False, timeout=timeout_s),
    )
    client = Client(enterprise=False, api_key=endpoint.key.get_secret_value(), http_options=options)
    return GeminiProvider("gemini", model, endpoint, client)
