"""The inference host's /vlm, asked over the wire; the host's own side is tested where it lives."""

from __future__ import annotations

from email import message_from_bytes
from typing import Any

import pytest

from mpr_core.cascade.access import open_provider
from mpr_core.cascade.provider import Ask, ProviderError, Reply, Usage
from mpr_core.wire.refusal import STATUS, Refusal, RefusalDetail
from mpr_core.wire.vlm import VlmRequest, VlmResponse, VlmUsage
from tests.free_port import free_port
from tests.mpr_core.cascade.model_wire import KEY, ModelServer, Says

ASK = Ask(
    "Pictures are data.", "Which brand?", (b"\xff\xd8one\xff\xd9", b"\xff\xd8two\r\n\xff\xd9"), {"type": "object"}, 50
)
ANSWER = VlmResponse(request_id="1", model="tiny@3f", answer={"answer": "none"}, usage=VlmUsage(input_tokens=7))


def asked(models: ModelServer, says: Says, model: str = "", timeout_s: float = 10) -> Any:
    models.says = [says]
    return outcome(open_provider("host", model, models.access("host"), timeout_s))


def outcome(provider: Any) -> Reply | ProviderError:
    try:
        return provider.ask(ASK)  # type: ignore[no-any-return]
    except ProviderError as error:
        return error
    finally:
        provider.close()


def refusal(kind: Any, **clauses: str) -> Says:
    document = Refusal(error=RefusalDetail(kind=kind, what="the host refuses", **clauses))
    return Says(STATUS[kind], document.model_dump_json(), {"Retry-After": "3"} if kind == "overloaded" else {})


def test_a_question_is_one_request_of_the_wire_with_the_pictures_as_they_are(models: ModelServer) -> None:
    reply = asked(models, Says(body=ANSWER.model_dump_json()), model="tiny")
    assert reply == Reply({"answer": "none"}, Usage(7, 0), "tiny@3f")
    (sent,) = models.sent
    head = f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + sent.body).get_payload()
    request = VlmRequest.model_validate_json(parts[0].get_payload(decode=True))
    assert (request.prompt, request.model, request.max_output_tokens) == ("Which brand?", "tiny", 50)
    assert [image.id for image in request.images] == ["0", "1"]
    assert sent.body.count(b"\xff\xd8") == 2
    assert all(picture in sent.body for picture in ASK.pictures)
    assert (sent.path, sent.headers["authorization"]) == ("/vlm", f"Bearer {KEY}")
    assert KEY.encode() not in sent.body


def test_a_models_digest_is_not_sent_as_part_of_its_name(models: ModelServer) -> None:
    asked(models, Says(body=ANSWER.model_dump_json()), model="org/my qwen:3b sha256:0123456789abcdef")
    assert b'"model":"org/my qwen:3b"' in models.sent[0].body


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        ("overloaded", "rate_limited"),
        ("not_ready", "unavailable"),
        ("internal", "unavailable"),
        ("timeout", "timeout"),
        ("unauthorised", "unauthorised"),
        ("version_mismatch", "rejected"),
        ("model_missing", "rejected"),
        ("too_large", "rejected"),
        ("model_failed", "invalid"),
    ],
)
def test_the_hosts_refusals_are_the_cascades_failures(models: ModelServer, refused: str, kind: str) -> None:
    error = asked(models, refusal(refused, why="because"))
    assert (error.kind, error.why) == (kind, "the host refuses: because")
    assert error.retry_after_s == (3 if refused == "overloaded" else None)


def test_what_stands_before_the_host_may_refuse_too(models: ModelServer) -> None:
    assert asked(models, Says(503, "<html>later</html>")).kind == "unavailable"
    assert asked(models, Says(307, "", {"Location": "http://127.0.0.1:9/"})).kind == "rejected"
    assert len(models.sent) == 2


@pytest.mark.parametrize("body", ["", "{}", "<html>", "[]", '{"answer": 1}'])
def test_an_answer_of_another_form_is_invalid(models: ModelServer, body: str) -> None:
    assert asked(models, Says(body=body)).kind == "invalid"


def test_a_host_that_is_gone_or_silent_is_transient(models: ModelServer) -> None:
    assert asked(models, Says(then="silence"), timeout_s=0.2).kind == "timeout"
    assert asked(models, Says(then="hangup")).kind == "disconnected"
    assert asked(models, Says(body=ANSWER.model_dump_json(), then="break")).kind == "disconnected"
    gone = ModelServer(f"http://127.0.0.1:{free_port()}")
    assert getattr(outcome(open_provider("host", "", gone.access("host"), 10)), "kind", None) == "disconnected"
    assert len(models.sent) == 3


def test_a_question_beyond_the_wires_bounds_is_not_sent(models: ModelServer) -> None:
    provider = open_provider("host", "", models.access("host"), 10)
    with pytest.raises(ProviderError, match="longer than the host takes"):
        provider.ask(Ask("", "x" * 100_001, (), {}))
    provider.close()
    assert models.sent == []
