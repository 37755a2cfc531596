"""Holds a language model to a JSON schema while it writes: tokens that would break it cannot be chosen.

By llguidance, which vLLM and SGLang use too. A schema that it cannot enforce is refused; nothing is asked then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

_AS_MODELS_WRITE_IT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class UnusableSchema(ValueError):
    """A schema that cannot be enforced."""


class JsonGuide:
    """What one model's tokens may be; made once for a model, which takes about a second.

    Args:
        tokenizer: the model's, of the fast kind.
        vocabulary: how many scores the model gives, which may be more than the tokenizer has tokens.
        ends: the tokens that end an answer.
    Raises:
        ValueError: the tokenizer is not of the fast kind.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: list[int]) -> None:
        import llguidance.hf

        self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=ends)

    def following(self, schema: Mapping[str, Any], prompt_tokens: int) -> GuidedAnswer:
        """What holds one answer to a schema.

        Raises:
            UnusableSchema: the schema cannot be enforced.
        """
        from llguidance import LLMatcher

        try:
            grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), defaults=_AS_MODELS_WRITE_IT)
        except (ValueError, TypeError, RecursionError) as error:
            raise UnusableSchema(str(error)) from error
        matcher = LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            raise UnusableSchema(matcher.get_error())
        return GuidedAnswer(matcher, prompt_tokens)


class GuidedAnswer:
    """A logits processor of transformers, for one sequence."""

    def __init__(self, matcher: Any, prompt_tokens: int) -> None:
        self._matcher, self._read = matcher, prompt_tokens

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores, with minus infinity for whatever cannot follow."""
        import torch

        written = input_ids[0, self._read :].tolist()
        self._read += len(written)
        if written:
            self._matcher.consume_tokens(written)
        words = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        allowed = np.unpackbits(words, bitorder="little")[: scores.shape[1]].astype(bool)
        return scores.masked_fill(torch.from_numpy(~allowed).to(scores.device), float("-inf"))
