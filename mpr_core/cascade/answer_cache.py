"""Every answer that was ever paid for, by the digest of its question: pictures, words, form and model.

It is written before anything uses it. Nothing but a person deletes it: a replay, an appended chunk, another timeline with the same crop, or
a run that was killed finds it here and pays nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from mpr_core.cascade.answers import Answer
from mpr_core.cascade.provider import FailureKind
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

LASTING: frozenset[FailureKind] = frozenset({"refused", "invalid", "truncated"})
"""Failures that asking again would only repeat, and pay for again."""


class StoredAnswer(Record):
    """What one model answered to one question, or that it will not."""

    format: Literal["mpr.answer/1"] = "mpr.answer/1"
    request: str = Field(description="digest of pictures, words, form and model")
    provider: str
    model: str = Field(description="the model that was asked for")
    answered_by: str = Field(default="", description="the model as the response names it")
    answer: Answer | None = Field(description="None: it gave none, and would give none again")
    failure: str = Field(default="", description="refused, invalid or truncated, and in words why")
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    run_id: str = Field(description="the run that paid for it")
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class AnswerCache:
    """The answers in a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def get(self, request: str) -> StoredAnswer | None:
        """The answer to a question, None when it was never answered.

        Raises:
            FormatMismatch: it was written in another format version, or is damaged.
        """
        key = keys.answer(request)
        try:
            return read_record(StoredAnswer, self._store.get(key), key)
        except KeyError:
            return None

    def put(self, answer: StoredAnswer) -> None:
        self._store.put(keys.answer(answer.request), answer.model_dump_json(indent=1).encode())
