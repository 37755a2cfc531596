"""What the providers with an SDK have in common: a client, one kind of error, and the ways that the model understands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, ProviderError, Reply, Usage
from mpr_core.cascade.providers.answer_text import json_object
from mpr_core.cascade.providers.failures import Failures
from mpr_core.cascade.providers.manners import Manner, Manners, Ways


class SdkProvider(ABC):
    """A model behind an SDK's client.

    Attributes:
        MANNERS: what it can be asked for in several ways; a provider's module says which.
    """

    MANNERS: ClassVar[tuple[Manner, ...]] = ()

    def __init__(self, name: str, model: str, endpoint: Endpoint, client: Any) -> None:
        self.name, self.model, self.client = name, model, client
        self.failures = Failures(name, model, endpoint)
        self.manners = Manners(self.MANNERS)

    def ask(self, ask: Ask, /) -> Reply:
        """See `Provider.ask`."""
        return self.manners.put(lambda ways: self.put(ask, ways))

    def close(self) -> None:
        """See `Provider.close`."""
        self.client.close()

    def outcome(self, read: Callable[[], Reply]) -> Reply | ProviderError:
        """One of a batch's: what `read` makes of it, or how it failed."""
        try:
            with self.reading():
                return read()
        except ProviderError as error:
            return error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around what is read of a document about a batch: the SDKs hand on whatever they got, of whatever form.

        Raises:
            ProviderError: it is of another form.
        """
        try:
            yield
        except (AttributeError, TypeError, ValueError) as error:
            raise self.failures.of("invalid", f"its word on a batch cannot be read ({type(error).__name__})") from error

    def name_in(self, document: Any, field: str = "id") -> str:
        """The name that a receipt gives.

        Raises:
            ProviderError: none.
        """
        name = getattr(document, field, None)
        if not isinstance(name, str) or not name:
            raise self.failures.of("invalid", "its receipt has no name")
        return name

    @abstractmethod
    def put(self, ask: Ask, ways: Ways) -> Reply:
        """One call, in these ways."""

    def reply(self, text: str, usage: Usage, model: str, unless: str = "what it wrote is no JSON object") -> Reply:
        """The answer in a text.

        Raises:
            ProviderError: there is none; `unless` says so.
        """
        answer = json_object(text)
        if answer is None:
            raise self.failures.of("invalid", unless, usage=usage)
        return Reply(answer=answer, usage=usage, model=model or self.model)
