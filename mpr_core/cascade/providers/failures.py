"""What went wrong at a provider, as one error, whatever its SDK calls it. No message holds a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import FailureKind, ProviderError, Usage
from mpr_core.plain_text import without_controls

T = TypeVar("T")

_MOST_CHARS = 400
_REMEDIES: dict[FailureKind, str] = {
    "refused": "nothing: the track stays undecided",
    "invalid": "name another model if this happens often",
    "truncated": "allow more output tokens, or name a model that does not reason at length",
    "rejected": "check the model's name and that it takes pictures",
    "unauthorised": "check the key, its rights and the account's credit",
    "rate_limited": "let fewer questions be asked at a time, or wait",
    "unavailable": "wait; see the provider's status page",
    "timeout": "wait, or allow more time for an answer",
    "disconnected": "check the network and the address",
}
# Of money that has run out, which OpenAI also tells by 429: no waiting helps.
_NO_CREDIT = ("insufficient_quota", "billing", "credit balance")
# Groq turns its own model's broken JSON into a refusal of the request, which is paid for and would only come again.
_BROKEN_ANSWER = "failed_generation"


class Failures:
    """Makes one provider's errors.

    Args:
        name: of the provider.
        endpoint: its key is taken out of whatever the provider says.
    """

    def __init__(self, name: str, model: str, endpoint: Endpoint) -> None:
        self.where = f"{name}, {model}" if model else name
        self._secret = endpoint.key.get_secret_value()

    def of(
        self, kind: FailureKind, why: str = "", *, retry_after_s: float | None = None, usage: Usage | None = None
    ) -> ProviderError:
        """The error of a kind; `why` is the provider's, shortened."""
        return ProviderError(
            f"no answer from a model ({kind})",
            kind=kind,
            where=self.where,
            why=self.shown(why),
            remedy=_REMEDIES[kind],
            retry_after_s=retry_after_s,
            usage=usage,
        )

    def of_status(self, status: int, said: str, headers: Mapping[str, str]) -> ProviderError:
        """The error of an HTTP status.

        Args:
            said: the provider's message.
            headers: the answer's, of which Retry-After is read.
        """
        kind = kind_of(status, said)
        if 300 <= status < 400:
            said = "a redirect, which is not followed; name the address that it leads to"
        # Providers like to repeat a wrong key, with some of its letters hidden.
        why = f"it answers {status}" if kind == "unauthorised" else f"it answers {status}: {said}"
        return self.of(kind, why, retry_after_s=retry_after_s(headers))

    def guarded(self, sdk: Any, call: Callable[[], T]) -> T:
        """What `call` returns; what the SDKs of anthropic, openai and groq raise, all made by one generator, as this error.

        Raised without the SDK's own error behind it, whose text may show a part of the key.
        """
        try:
            return call()
        except sdk.APITimeoutError:
            failure = self.of("timeout", "no answer in time")
        except sdk.APIStatusError as error:
            failure = self.of_status(error.status_code, said_in(error.body, error.message), error.response.headers)
        except sdk.APIConnectionError as error:
            failure = self.of("disconnected", str(error.__cause__ or error))
        except sdk.APIError as error:
            failure = self.of("invalid", error.message)
        raise failure

    def shown(self, text: str) -> str:
        """A provider's words: one line, shortened, without the key."""
        if self._secret:
            text = text.replace(self._secret, "***")
        line = " ".join(without_controls(text).split())
        return line if len(line) <= _MOST_CHARS else line[:_MOST_CHARS] + " ..."


def said_in(body: Any, otherwise: str) -> str:
    """The provider's own words in the document of a failure, with the name of the field that it did not like."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("message"), str):
        return otherwise
    return f"{inner['message']} ({inner['param']})" if inner.get("param") else str(inner["message"])


def kind_of(status: int, said: str = "") -> FailureKind:
    """What an HTTP status that is no success means for the question."""
    if status == 400 and _BROKEN_ANSWER in said:
        return "invalid"
    if status in (401, 402, 403) or (status in (400, 429) and any(word in said.lower() for word in _NO_CREDIT)):
        return "unauthorised"
    if status == 429:
        return "rate_limited"
    if status in (408, 504):
        return "timeout"
    # 409 tells of a lock; 501 of something that no repetition brings.
    return "unavailable" if status == 409 or (status >= 500 and status != 501) else "rejected"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """What Retry-After says, in seconds or as a date; None when it says nothing that can be read."""
    said = headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
