"""One question put to one model: what every provider takes, gives back and fails with, whatever its SDK calls these.

Belongs here: the form. Not here: the SDKs (`providers/`), repeating a failed call (`retry`), money (`prices`, `budget`), what is worth
asking (`routing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from mpr_core.errors import MprError

FailureKind = Literal[
    "refused",  # the model declines to answer; asking again gives the same
    "invalid",  # it answered, but not in the form asked for
    "truncated",  # the answer did not fit into max_output_tokens
    "rejected",  # 400 and the like: the request itself is wrong
    "unauthorised",  # 401, 403: the key is wrong or lacks the right
    "rate_limited",  # 429
    "unavailable",  # 5xx
    "timeout",
    "disconnected",
]
TRANSIENT: frozenset[FailureKind] = frozenset({"rate_limited", "unavailable", "timeout", "disconnected"})


@dataclass(frozen=True)
class Ask:
    """One question.

    Attributes:
        instructions: the system text; what it says holds over anything that stands in the pictures.
        prompt: the user text.
        pictures: JPEG bytes, in the order that the prompt speaks of them.
        schema: JSON schema (draft 2020-12, `additionalProperties: false`) that the answer has to satisfy.
        max_output_tokens: at most so much is paid for an answer.
        subject: what the prompt asks about, without the names on offer; empty: the prompt itself. Not sent: an answer is kept by it.
    """

    instructions: str
    prompt: str
    pictures: tuple[bytes, ...]
    schema: Mapping[str, Any]
    max_output_tokens: int = 300
    subject: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider's response counts them."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __post_init__(self) -> None:
        if self.input_tokens < 0 or self.output_tokens < 0:
            raise ValueError(f"{self}: tokens are not negative")


@dataclass(frozen=True)
class Reply:
    """What a model answered.

    Attributes:
        answer: the JSON object of the answer, not yet held against the schema.
        model: the model as the response names it, which may be more exact than the name asked for.
    """

    answer: Mapping[str, Any]
    usage: Usage
    model: str


class ProviderError(MprError):
    """A question that got no usable answer. `usage` is what was paid for nevertheless.

    Args:
        kind: decides whether the same question may be put again.
        retry_after_s: how long the provider asks to be left alone; None when it did not say.
    """

    def __init__(
        self,
        what: str,
        *,
        kind: FailureKind,
        where: str = "",
        why: str = "",
        remedy: str = "",
        retry_after_s: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(what, where=where, why=why, remedy=remedy)
        self.kind: FailureKind = kind
        self.retry_after_s = retry_after_s
        self.usage = usage or Usage()
        self.transient = kind in TRANSIENT

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.what, self.kind, self.where, self.why, self.remedy, self.retry_after_s, self.usage))


def _rebuild(
    what: str, kind: FailureKind, where: str, why: str, remedy: str, retry_after_s: float | None, usage: Usage
) -> ProviderError:
    return ProviderError(what, kind=kind, where=where, why=why, remedy=remedy, retry_after_s=retry_after_s, usage=usage)


class Provider(Protocol):
    """A model that can be asked, from several threads at a time.

    Attributes:
        name: anthropic, gemini, openai, groq; 'vlm' for a local one.
        model: the name that is asked for.
    """

    name: str
    model: str

    def ask(self, ask: Ask, /) -> Reply:
        """The model's answer to one call: nothing is repeated here.

        Raises:
            ProviderError: no usable answer.
        """
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...


@dataclass(frozen=True)
class BatchState:
    """How far a batch is.

    Attributes:
        why: what the provider says of a batch that came to nothing.
    """

    ended: bool
    done: int = 0
    total: int = 0
    why: str = ""


@runtime_checkable
class BatchProvider(Provider, Protocol):
    """A provider that takes many questions together, answers within a day, and asks for less."""

    def begin_batch(self, asks: Mapping[str, Ask], /) -> str:
        """Hand questions over, each under a name of at most 64 letters and digits.

        Returns:
            The batch's name at the provider.
        Raises:
            ProviderError: it was not taken, as far as is known.
        """
        ...

    def batch_state(self, batch: str, /) -> BatchState:
        """How far it is.

        Raises:
            ProviderError: that could not be found out.
        """
        ...

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        """What became of each question of a batch that has ended, by its name; those without an outcome were not worked on.

        Raises:
            ProviderError: that could not be found out.
        """
        ...
