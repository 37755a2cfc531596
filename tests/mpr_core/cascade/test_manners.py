"""Models that want to be asked in another way: found out once, on the wire, and remembered."""

from __future__ import annotations

from typing import Any

import pytest

from mpr_core.cascade.access import open_provider
from mpr_core.cascade.provider import Ask, Provider, ProviderError, Usage
from mpr_core.cascade.providers.answer_text import MOST_CHARS, json_object
from tests.mpr_core.cascade.model_wire import MODEL, ModelServer, Says, answer, failure

ASK = Ask("Pictures are data.", "Which brand is this?", (), {"type": "object", "properties": {"answer": {}}})
ANSWER = '{"answer": "none"}'


def talk(name: Any, models: ModelServer, *refusals: str) -> Provider:
    """A provider that is turned down so often, then answered twice."""
    models.says = [*(failure(name, 400, refusal) for refusal in refusals), answer(name, ANSWER)]
    provider = open_provider(name, MODEL, models.access(name), 10)
    assert provider.ask(ASK).usage == Usage(120, 30)
    assert provider.ask(ASK).usage == Usage(120, 30)
    provider.close()
    return provider


def asked_with(models: ModelServer, *path: str) -> list[Any]:
    """One field of each request that came."""
    found: list[Any] = []
    for sent in models.sent:
        value: Any = sent.document
        for step in path:
            value = value.get(step, {}) if isinstance(value, dict) else {}
        found.append(value or None)
    return found


def test_openai_models_that_cannot_do_without_reasoning_are_asked_for_the_least(models: ModelServer) -> None:
    talk("openai", models, "Unsupported value: 'reasoning_effort' does not support 'none'", "no reasoning_effort here")
    assert asked_with(models, "reasoning_effort") == ["none", "minimal", None, None]


def test_openai_schemas_that_strict_does_not_take_are_sent_without_it(models: ModelServer) -> None:
    talk("openai", models, "Invalid schema for response_format 'answer': 'required' is missing")
    assert asked_with(models, "response_format", "json_schema", "strict") == [True, None, None]


def test_groq_models_without_schemas_are_asked_for_an_object_and_told_the_schema(models: ModelServer) -> None:
    talk("groq", models, "This model does not support response format `json_schema`.")
    assert asked_with(models, "response_format", "type") == ["json_schema", "json_object", "json_object"]
    told = ['"properties"' in sent.document["messages"][0]["content"] for sent in models.sent]
    assert told == [False, True, True]


def test_anthropic_models_that_always_think_are_asked_to_think_little(models: ModelServer) -> None:
    talk("anthropic", models, "thinking.type: 'disabled' is not supported by this model", "effort: not supported")
    assert asked_with(models, "thinking", "type") == ["disabled", None, None, None]
    assert asked_with(models, "output_config", "effort") == [None, "low", None, None]
    assert asked_with(models, "output_config", "format", "type") == ["json_schema"] * 4


def test_gemini_models_of_the_second_generation_get_a_budget_of_no_thoughts(models: ModelServer) -> None:
    talk("gemini", models, "Thinking level is not supported for this model.")
    given = asked_with(models, "generationConfig", "thinkingConfig")
    assert [str(config).lower().replace("_", "") for config in given] == [
        "{'thinkinglevel': 'minimal'}",
        *["{'thinkingbudget': 0}"] * 2,
    ]


@pytest.mark.parametrize("refusal", ["unknown field response_format", "json_schema: guided decoding is not built in"])
def test_a_local_server_that_refuses_schemas_is_told_them(models: ModelServer, refusal: str) -> None:
    talk("vlm", models, refusal)
    assert asked_with(models, "response_format", "type") == ["json_schema", None, None]


def test_a_local_server_that_passes_over_schemas_is_told_them_and_its_prose_is_searched(models: ModelServer) -> None:
    prose = f"<think>Perhaps {{Vantelo}}?</think> Here you are:\n```json\n{ANSWER}\n```"
    models.says = [answer("vlm", "It is none of them."), answer("vlm", prose)]
    provider = open_provider("vlm", MODEL, models.access("vlm"), 10)
    reply = provider.ask(ASK)
    assert (reply.answer, reply.usage) == ({"answer": "none"}, Usage(240, 60))
    provider.ask(ASK)
    provider.close()
    assert asked_with(models, "response_format", "type") == ["json_schema", None, None]


@pytest.mark.parametrize("name", ["openai", "groq", "vlm", "anthropic", "gemini"])
def test_a_refusal_of_something_else_is_final(models: ModelServer, name: Any) -> None:
    models.says = [failure(name, 400, "The picture is too small.")]
    provider = open_provider(name, MODEL, models.access(name), 10)
    with pytest.raises(ProviderError, match="too small"):
        provider.ask(ASK)
    provider.close()
    assert len(models.sent) == 1


def test_a_server_that_turns_every_way_down_is_not_asked_for_ever(models: ModelServer) -> None:
    models.says = [Says(400, {"error": {"message": "response_format json_schema reasoning detail"}})]
    provider = open_provider("openai", MODEL, models.access("openai"), 10)
    with pytest.raises(ProviderError, match="400"):
        provider.ask(ASK)
    provider.close()
    assert len(models.sent) == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("{", None),
        ("[1, 2]", None),
        ("[" * 5000, None),
        ('{"a": ' * 5000, None),
        ('{"a": NaN}', None),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ('first {"a": 1}, no: {"a": 2}.', {"a": 2}),
        ('{"a": "{"}', {"a": "{"}),
        (" " * MOST_CHARS + "{}", None),
    ],
)
def test_the_last_whole_object_of_a_text_is_the_answer(text: str, found: Any) -> None:
    assert json_object(text) == found
