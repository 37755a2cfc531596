"""Chat completions: the language of OpenAI, which Groq and local servers (vLLM, llama.cpp, Ollama) speak too."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, ProviderError, Reply, Usage
from mpr_core.cascade.providers.answer_text import json_object
from mpr_core.cascade.providers.failures import Failures
from mpr_core.cascade.providers.manners import Manner, Manners, Ways

FORMAT_WORDS = ("response_format", "response format", "json_schema", "json schema", "grammar", "guided", "structured")
REASONING_WORDS = ("reasoning", "thinking")


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    message: _Message


class _Tokens(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class _Completion(BaseModel):
    """What is needed of a chat completion; servers add and leave out the rest as they like."""

    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: _Tokens | None = None


class ChatProvider:
    """A model behind chat completions.

    Args:
        client: of `sdk`, openai's or groq's.
        manners: in which ways `answer` (how the schema is enforced) and `reasoning` (how much of it) can be asked for.
        tokens_field: what the server calls the most tokens of an answer.
    """

    def __init__(
        self,
        name: str,
        model: str,
        endpoint: Endpoint,
        *,
        sdk: Any,
        client: Any,
        manners: tuple[Manner, ...],
        tokens_field: str = "max_completion_tokens",
    ) -> None:
        self.name, self.model = name, model
        self._sdk, self._client, self._tokens_field = sdk, client, tokens_field
        self._failures = Failures(name, model, endpoint)
        self._manners = Manners(manners)

    def ask(self, ask: Ask, /) -> Reply:
        """See `Provider.ask`."""
        return self._manners.put(lambda ways: self._put(ask, ways))

    def close(self) -> None:
        self._client.close()

    def _put(self, ask: Ask, ways: Ways) -> Reply:
        request = {"model": self.model, "messages": _messages(ask, ways), self._tokens_field: ask.max_output_tokens}
        request |= _answer_format(ask, ways) | _reasoning(ways)
        create = self._client.chat.completions.with_raw_response.create
        response = self._failures.guarded(self._sdk, lambda: create(**request))
        try:
            completion = _Completion.model_validate_json(response.http_response.content)
        except ValidationError as error:
            raise self._failures.of(
                "invalid", f"no chat completion: {error.error_count()} fields do not fit"
            ) from error
        return self._reply(completion, ways)

    def _reply(self, completion: _Completion, ways: Ways) -> Reply:
        choice, tokens = completion.choices[0], completion.usage or _Tokens()
        usage = Usage(tokens.prompt_tokens, tokens.completion_tokens)
        failure = self._ended(choice, usage)
        if failure is not None:
            raise failure
        answer = json_object(choice.message.content or "")
        if answer is None:
            # Local servers pass over what they do not know; then the words of the refusal are ours.
            why = "what it wrote is no JSON object"
            why += f", although {_LED_BY[ways['answer']]} was asked for" if ways["answer"] in _LED_BY else ""
            raise self._failures.of("invalid", why, usage=usage)
        return Reply(answer=answer, usage=usage, model=completion.model or self.model)

    def _ended(self, choice: _Choice, usage: Usage) -> ProviderError | None:
        """The failure that an answer's end tells of."""
        if choice.message.refusal:
            return self._failures.of("refused", choice.message.refusal, usage=usage)
        if choice.finish_reason == "content_filter":
            return self._failures.of("refused", "its content filter held the answer back", usage=usage)
        if choice.finish_reason == "length":
            return self._failures.of("truncated", "the most output tokens were reached", usage=usage)
        return None


# Ways of `answer` that the server, not the model, has to see to.
_LED_BY = {"led": "response_format json_schema"}


def _messages(ask: Ask, ways: Ways) -> list[dict[str, Any]]:
    instructions = ask.instructions
    if ways["answer"] in ("object", "told"):
        schema = json.dumps(ask.schema, ensure_ascii=False)
        instructions += (
            f"\n\nAnswer with one JSON object that satisfies this JSON schema, and with nothing else:\n{schema}"
        )
    pictures = [{"type": "image_url", "image_url": _picture(picture, ways)} for picture in ask.pictures]
    return [
        {"role": "system", "content": instructions},
        {"role": "user", "content": [{"type": "text", "text": ask.prompt}, *pictures]},
    ]


def _picture(jpeg: bytes, ways: Ways) -> dict[str, str]:
    uri = f"data:image/jpeg;base64,{b64encode(jpeg).decode('ascii')}"
    return {"url": uri, "detail": ways["detail"]} if ways.get("detail") else {"url": uri}


def _answer_format(ask: Ask, ways: Ways) -> dict[str, Any]:
    way = ways["answer"]
    if way == "told":
        return {}
    if way == "object":
        return {"response_format": {"type": "json_object"}}
    named = {"name": "answer", "schema": dict(ask.schema)} | ({} if way == "schema" else {"strict": True})
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _reasoning(ways: Ways) -> dict[str, str]:
    effort = ways.get("reasoning", "")
    return {"reasoning_effort": effort} if effort else {}
