"""Every provider that takes batches, by its real SDK against a server on the wire: what is handed over, how far it is, what comes back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from mpr_core.cascade.access import ModelAccess, ProviderName, open_provider
from mpr_core.cascade.provider import BatchProvider, ProviderError, Reply, Usage
from tests.mpr_core.cascade.batch_wire import BATCHING, BatchServer, serve_batches
from tests.mpr_core.cascade.model_wire import EXACT_MODEL, KEY, MODEL, Says, answer, failure
from tests.mpr_core.cascade.test_providers import ANSWER, ASK, PAID

every_provider = pytest.mark.parametrize("name", BATCHING)
NAMES = ("0" * 32, "1" * 32, "2" * 32)


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with serve_batches() as server:
        yield server


def opened(name: ProviderName, access: ModelAccess) -> BatchProvider:
    provider = open_provider(name, MODEL, access, 10)
    assert isinstance(provider, BatchProvider)
    return provider


def outcomes(name: Any, server: BatchServer, *says: Says | None) -> list[Any]:
    """What becomes of as many questions, in their order."""
    server.says = list(says)
    provider = opened(name, server.access(name))
    batch = provider.begin_batch(dict(zip(NAMES, [ASK] * len(says), strict=False)))
    assert provider.batch_state(batch).ended
    found = dict(provider.batch_outcomes(batch))
    provider.close()
    return [found[one] for one in NAMES[: len(says)]]


@every_provider
def test_questions_handed_over_together_come_back_with_their_usage(name: Any, server: BatchServer) -> None:
    found = outcomes(name, server, answer(name, ANSWER), answer(name, '{"answer": "none"}'))
    assert found == [Reply({"answer": "Vantelo"}, PAID, EXACT_MODEL), Reply({"answer": "none"}, PAID, EXACT_MODEL)]
    assert server.batches == 1


@every_provider
def test_what_is_handed_over_is_the_whole_question_and_the_key_stays_in_its_header(
    name: Any, server: BatchServer
) -> None:
    outcomes(name, server, answer(name, ANSWER))
    handed = next(sent.body for method, sent in server.sent if method == "POST")
    text = handed.decode().translate(str.maketrans("-_", "+/"))  # Google's base64 is the URL-safe one
    assert all(text.count(b64encode(picture).decode()) == 1 for picture in ASK.pictures)
    assert ASK.prompt in handed.decode()
    assert all(KEY not in sent.path and KEY.encode() not in sent.body for _, sent in server.sent)


@every_provider
def test_a_batch_under_way_has_not_ended(name: Any, server: BatchServer) -> None:
    server.looks, server.says = 1, [answer(name, ANSWER)]
    provider = opened(name, server.access(name))
    batch = provider.begin_batch({NAMES[0]: ASK})
    assert not provider.batch_state(batch).ended
    assert provider.batch_state(batch).ended
    provider.close()


@every_provider
def test_each_question_of_a_batch_fails_by_itself(name: Any, server: BatchServer) -> None:
    says = (answer(name, '{"answer": "Van', "cut"), failure(name, 400, "no such field"), None)
    kinds = [(error.kind, error.usage) for error in outcomes(name, server, *says)]
    assert kinds == [("truncated", PAID), ("rejected", Usage()), ("unavailable", Usage())]


@pytest.mark.parametrize("name", ["openai", "groq", "gemini"])
def test_a_batch_that_comes_to_nothing_says_why(name: Any, server: BatchServer) -> None:
    server.failed = "the file is too long"
    provider = opened(name, server.access(name))
    batch = provider.begin_batch({NAMES[0]: ASK})
    state = provider.batch_state(batch)
    assert state.ended
    assert state.why == ("JOB_STATE_FAILED" if name == "gemini" else "the file is too long")
    assert list(provider.batch_outcomes(batch)) == []
    provider.close()


@every_provider
@pytest.mark.parametrize(("status", "kind"), [(401, "unauthorised"), (429, "rate_limited"), (500, "unavailable")])
def test_a_batch_that_is_not_taken_is_one_failure(name: Any, status: int, kind: str, server: BatchServer) -> None:
    server.refuses = failure(name, status, f"Sorry, says the server to {KEY}.")
    provider = opened(name, server.access(name))
    for call in (
        lambda: provider.begin_batch({NAMES[0]: ASK}),
        lambda: provider.batch_state("batches/1"),
        lambda: list(provider.batch_outcomes("batches/1")),
    ):
        with pytest.raises(ProviderError) as caught:
            call()
        assert caught.value.kind == kind
        assert KEY not in str(caught.value)
    provider.close()


@every_provider
@pytest.mark.parametrize("body", [{}, [], {"id": None, "name": ""}])
def test_a_receipt_without_a_name_is_one_failure(name: Any, body: Any, server: BatchServer) -> None:
    server.refuses = Says(200, body)
    provider = opened(name, server.access(name))
    with pytest.raises(ProviderError) as caught:
        provider.begin_batch({NAMES[0]: ASK})
    assert caught.value.kind == "invalid"
    provider.close()


@pytest.mark.parametrize("name", ["anthropic", "openai", "groq"])
@pytest.mark.parametrize("body", [{}, [], {"request_counts": 3}])
def test_a_word_on_a_batch_in_another_form_is_one_failure(name: Any, body: Any, server: BatchServer) -> None:
    server.refuses = Says(200, body)
    provider = opened(name, server.access(name))
    with pytest.raises(ProviderError):
        provider.batch_state("batches/1")
    provider.close()


def test_results_that_anthropic_keeps_no_more_are_turned_down(server: BatchServer) -> None:
    server.says, server.looks = [answer("anthropic", ANSWER)], 5
    provider = opened("anthropic", server.access("anthropic"))
    batch = provider.begin_batch({NAMES[0]: ASK})
    with pytest.raises(ProviderError) as caught:  # it names no place of them, as before its end
        list(provider.batch_outcomes(batch))
    assert caught.value.kind == "rejected"
    provider.close()


@pytest.mark.parametrize("name", ["openai", "groq"])
def test_why_a_batch_came_to_nothing_never_shows_the_key(name: Any, server: BatchServer) -> None:
    server.failed = f"{KEY} is not good enough"
    provider = opened(name, server.access(name))
    assert KEY not in provider.batch_state(provider.begin_batch({NAMES[0]: ASK})).why
    provider.close()
