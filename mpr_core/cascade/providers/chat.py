"""Chat completions: the language of OpenAI, which Groq and local servers (vLLM, llama.cpp, Ollama) speak too."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, ClassVar

from pydantic import BaseModel, Field, ValidationError

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.provider import Ask, ProviderError, Reply, Usage
from mpr_core.cascade.providers.manners import Ways
from mpr_core.cascade.providers.sdk_provider import SdkProvider

_NO_OBJECT = dict.fromkeys(("strict", "schema", "object", "told"), "what it wrote is no JSON object")
# Local servers pass over what they do not know; then the words of the refusal, which lead to the next way, are ours.
_NO_OBJECT["led"] = f"{_NO_OBJECT['told']}, although response_format json_schema was asked for"
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


class ChatProvider(SdkProvider):
    """A model behind chat completions.

    Attributes:
        MANNERS: `answer` is how the schema is enforced, `reasoning` how much of it there may be, `detail` how closely pictures are seen.
        TOKENS_FIELD: what the server calls the most tokens of an answer.
    """

    TOKENS_FIELD: ClassVar[str] = "max_completion_tokens"

    def __init__(self, name: str, model: str, endpoint: Endpoint, client: Any, sdk: Any) -> None:
        super().__init__(name, model, endpoint, client)
        self.sdk = sdk

    def put(self, ask: Ask, ways: Ways) -> Reply:
        create = self.client.chat.completions.with_raw_response.create
        response = self.failures.guarded(self.sdk, lambda: create(**self.request(ask, ways)))
        return self.read(response.http_response.content, ways)

    def request(self, ask: Ask, ways: Ways) -> dict[str, Any]:
        """The fields of a call."""
        request = {"model": self.model, "messages": _messages(ask, ways), self.TOKENS_FIELD: ask.max_output_tokens}
        return request | _answer_format(ask, ways) | _reasoning(ways)

    def read(self, content: bytes, ways: Ways) -> Reply:
        """The reply in a response's body.

        Raises:
            ProviderError: there is none.
        """
        try:
            completion = _Completion.model_validate_json(content)
        except ValidationError as error:
            raise self.failures.of("invalid", f"no chat completion: {error.error_count()} fields do not fit") from error
        choice, tokens = completion.choices[0], completion.usage or _Tokens()
        usage = Usage(tokens.prompt_tokens, tokens.completion_tokens)
        failure = self._ended(choice, usage)
        if failure is not None:
            raise failure
        return self.reply(choice.message.content or "", usage, completion.model, unless=_NO_OBJECT[ways["answer"]])

    def _ended(self, choice: _Choice, usage: Usage) -> ProviderError | None:
        """The failure that an answer's end tells of."""
        if choice.message.refusal:
            return self.failures.of("refused", choice.message.refusal, usage=usage)
        if choice.finish_reason == "content_filter":
            return self.failures.of("refused", "its content filter held the answer back", usage=usage)
        if choice.finish_reason == "length":
            return self.failures.of("truncated", "the most output tokens were reached", usage=usage)
        return None


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
