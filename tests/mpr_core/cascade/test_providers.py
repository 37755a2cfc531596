"""Every provider by its real SDK against a server on the wire: what is sent, what comes back, and each way of failing."""

from __future__ import annotations

import io
import json
import pickle
import re
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from mpr_core.cascade.access import ProviderName, open_provider
from mpr_core.cascade.provider import Ask, Provider, ProviderError, Usage
from tests.free_port import free_port
from tests.mpr_core.cascade.model_wire import EXACT_MODEL, KEY, MODEL, PROVIDERS, ModelServer, Says, answer, failure

PAID = Usage(120, 30)
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["Vantelo", "none"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
ANSWER = '{"answer": "Vantelo"}'
every_provider = pytest.mark.parametrize("name", PROVIDERS)


def jpeg(grey: int) -> bytes:
    written = io.BytesIO()
    Image.new("L", (40, 20), grey).save(written, "JPEG")
    return written.getvalue()


ASK = Ask("Pictures are data.", "Which brand is this?", (jpeg(40), jpeg(200)), SCHEMA, max_output_tokens=77)


Asked = Callable[..., Any]


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[tuple[Any, ...], Provider]]:
    """Providers that were asked before: making an SDK's client costs more than a test."""
    providers: dict[tuple[Any, ...], Provider] = {}
    yield providers
    for provider in providers.values():
        provider.close()


@pytest.fixture
def asked(models: ModelServer, opened: dict[tuple[Any, ...], Provider]) -> Asked:
    """Puts the question while the server says what is given; returns the reply, or the failure."""

    def ask(name: ProviderName, *says: Says, timeout_s: float = 10) -> Any:
        models.says = list(says)
        if name == "vlm":  # remembers what it was refused
            opened.pop((name, timeout_s), None)
        if (name, timeout_s) not in opened:
            opened[name, timeout_s] = open_provider(name, MODEL, models.access(name), timeout_s)
        return outcome(opened[name, timeout_s])

    return ask


def outcome(provider: Provider) -> Any:
    try:
        return provider.ask(ASK)
    except ProviderError as error:
        return error


@every_provider
def test_an_answer_comes_with_its_usage_and_the_exact_model(name: ProviderName, asked: Asked) -> None:
    reply = asked(name, answer(name, ANSWER))
    assert (reply.answer, reply.usage, reply.model) == ({"answer": "Vantelo"}, PAID, EXACT_MODEL)


@every_provider
def test_a_request_holds_both_pictures_the_texts_and_the_schema_and_nothing_else_of_the_kind(
    name: ProviderName, asked: Asked, models: ModelServer
) -> None:
    asked(name, answer(name, ANSWER))
    (sent,) = models.sent
    pictures = [b64encode(picture).decode() for picture in ASK.pictures]
    found = re.findall(r"[/_]9j[/_][A-Za-z0-9+/=_-]*", sent.text)  # Google's base64 is the URL-safe one
    assert [text.translate(str.maketrans("-_", "+/")) for text in found] == pictures
    for said in (ASK.instructions, ASK.prompt, "77", json.dumps(SCHEMA["properties"])):
        assert sent.text.replace(" ", "").count(said.replace(" ", "")) == 1
    assert "temperature" not in sent.document
    assert MODEL in sent.text + sent.path


@every_provider
def test_the_key_goes_into_its_header_and_nowhere_else(name: ProviderName, asked: Asked, models: ModelServer) -> None:
    asked(name, answer(name, ANSWER))
    (sent,) = models.sent
    header = "x-goog-api-key" if name == "gemini" else "authorization"
    assert [field for field, value in sent.headers.items() if KEY in value] == [header]
    assert KEY not in sent.text + sent.path


@every_provider
@pytest.mark.parametrize(("ended", "kind"), [("refused", "refused"), ("cut", "truncated")])
def test_an_answer_that_is_refused_or_cut_is_paid_for(
    name: Any, ended: Any, kind: str, asked: Asked, models: ModelServer
) -> None:
    error = asked(name, answer(name, '{"answer": "Van', ended))
    assert (error.kind, error.transient, error.usage) == (kind, False, PAID)
    assert len(models.sent) == 1


def test_a_refusal_of_openai_has_its_own_field(asked: Asked) -> None:
    says = answer("openai", "")
    says.body["choices"][0]["message"] |= {"content": None, "refusal": "I cannot help with that."}
    error = asked("openai", says)
    assert (error.kind, error.why) == ("refused", "I cannot help with that.")


def test_a_question_that_gemini_blocks_is_refused(asked: Asked) -> None:
    says = Says(body={"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}})
    error = asked("gemini", says)
    assert (error.kind, error.why, error.usage) == ("refused", "blocked: SAFETY", Usage(9, 0))


@every_provider
@pytest.mark.parametrize("text", ["", "It is Vantelo.", '{"answer": ', '["Vantelo"]', "{'answer': NaN}"])
def test_an_answer_that_is_no_json_object_is_invalid_and_paid_for(
    name: Any, text: str, asked: Asked, models: ModelServer
) -> None:
    error = asked(name, answer(name, text))
    assert (error.kind, error.transient) == ("invalid", False)
    times = len(models.sent)  # a local server may have passed over the schema: it is told once more
    assert times == (2 if name == "vlm" else 1)
    assert error.usage == Usage(120 * times, 30 * times)


@every_provider
@pytest.mark.parametrize("body", ["<html>Welcome</html>", "{", "null", "[]", {}, {"choices": [], "content": None}])
def test_a_body_that_is_no_response_is_invalid(name: ProviderName, body: Any, asked: Asked) -> None:
    assert asked(name, Says(body=body)).kind == "invalid"


@every_provider
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "rejected"),
        (401, "unauthorised"),
        (403, "unauthorised"),
        (404, "rejected"),
        (413, "rejected"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
        (529, "unavailable"),
    ],
)
def test_a_status_that_is_no_success_is_one_failure_and_asked_once(
    name: ProviderName, status: int, kind: str, asked: Asked, models: ModelServer
) -> None:
    error = asked(name, failure(name, status, f"Sorry, says the server to {KEY}."))
    assert (error.kind, error.usage, error.retry_after_s) == (kind, Usage(), None)
    assert error.transient == (kind in ("rate_limited", "unavailable", "timeout"))
    assert len(models.sent) == 1
    shown = "".join(traceback.format_exception(error)) + repr(error) + str(pickle.loads(pickle.dumps(error)))  # noqa: S301 - our own
    assert KEY not in shown
    assert error.__cause__ is None
    assert error.__context__ is None
    assert (kind == "unauthorised") == ("Sorry" not in error.why)


@every_provider
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_not_followed(name: ProviderName, status: int, asked: Asked, models: ModelServer) -> None:
    """The pictures would be sent to wherever it leads."""
    error = asked(name, Says(status, headers={"Location": models.url + "/elsewhere"}), answer(name, ANSWER))
    assert (error.kind, error.transient) == ("rejected", False)
    assert f"{status}: a redirect, which is not followed" in error.why
    assert len(models.sent) == 1


@every_provider
def test_a_failure_without_a_document_is_told_by_its_status(name: ProviderName, asked: Asked) -> None:
    error = asked(name, Says(502, "<html>Bad gateway</html>", {"Content-Type": "text/html"}))
    assert error.kind == "unavailable"
    assert "502" in error.why


@every_provider
def test_retry_after_is_read_as_seconds(name: ProviderName, asked: Asked) -> None:
    assert asked(name, failure(name, 429, "Slow down", {"Retry-After": "7"})).retry_after_s == 7


def test_retry_after_is_read_as_a_date_that_is_past(asked: Asked) -> None:
    header = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert asked("groq", failure("groq", 429, "Slow down", header)).retry_after_s == 0


def test_gemini_says_how_long_to_wait_in_its_document(asked: Asked) -> None:
    says = failure("gemini", 429, "Slow down")
    says.body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}]
    assert asked("gemini", says).retry_after_s == 12.5


def test_credit_that_has_run_out_is_not_a_rate(asked: Asked) -> None:
    says = failure("openai", 429, "You exceeded your current quota, please check your plan and billing details.")
    assert asked("openai", says).kind == "unauthorised"


def test_what_groq_says_of_a_broken_answer_is_no_word_on_the_request(asked: Asked, models: ModelServer) -> None:
    says = failure(
        "groq", 400, "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."
    )
    assert asked("groq", says).kind == "invalid"
    assert len(models.sent) == 1


@every_provider
def test_a_server_that_says_nothing_runs_into_the_time_limit(
    name: ProviderName, asked: Asked, models: ModelServer
) -> None:
    error = asked(name, Says(then="silence"), timeout_s=0.2)
    assert (error.kind, error.transient) == ("timeout", True)
    assert len(models.sent) == 1


@every_provider
@pytest.mark.parametrize("then", ["hangup", "break"])
def test_a_connection_that_breaks_is_a_disconnection(name: Any, then: Any, asked: Asked, models: ModelServer) -> None:
    error = asked(name, Says(body=answer(name, ANSWER).body, then=then))
    assert (error.kind, error.transient) == ("disconnected", True)
    assert len(models.sent) == 1


@every_provider
def test_nothing_listens_is_a_disconnection(name: ProviderName) -> None:
    provider = open_provider(name, MODEL, ModelServer(f"http://127.0.0.1:{free_port()}").access(name), 10)
    assert outcome(provider).kind == "disconnected"
    provider.close()


@every_provider
def test_the_environment_decides_nothing(
    name: ProviderName, models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(variable, "from-the-environment")
    for variable in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(variable, "from-the-environment")
    for variable in ("ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OPENAI_BASE_URL", "GROQ_BASE_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/elsewhere")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    models.says = [answer(name, ANSWER)]
    provider = open_provider(name, MODEL, models.access(name), 10)
    provider.ask(ASK)
    provider.close()
    (sent,) = models.sent
    values = {field: value for field, value in sent.headers.items() if "from-the-environment" in value}
    # An account of several organisations names the paying one so; no other server hears of it.
    assert set(values) == ({"openai-organization", "openai-project"} if name == "openai" else set())


@every_provider
def test_several_threads_may_ask_at_a_time(name: ProviderName, models: ModelServer) -> None:
    models.says = [answer(name, ANSWER)]
    provider = open_provider(name, MODEL, models.access(name), 10)
    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(provider.ask, [ASK] * 12))
    provider.close()
    assert [reply.usage for reply in replies] == [PAID] * 12


def test_a_local_server_needs_no_key(models: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"Authorization: Bearer {KEY}")
    models.says = [answer("vlm", ANSWER)]
    provider = open_provider("vlm", MODEL, models.access("vlm", key=""), 10)
    assert provider.ask(ASK).answer == {"answer": "Vantelo"}
    provider.close()
    assert KEY not in str(models.sent)
