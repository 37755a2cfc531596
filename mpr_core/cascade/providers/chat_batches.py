"""Batches of chat completions: a file of questions goes up, a file of answers comes down, at OpenAI and at Groq alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from mpr_core.cascade.provider import Ask, BatchState, ProviderError, Reply
from mpr_core.cascade.providers.chat import ChatProvider
from mpr_core.cascade.providers.failures import said_in

_ENDPOINT: Any = "/v1/chat/completions"
_ENDED = ("completed", "failed", "expired", "cancelled")


class _Answered(BaseModel):
    status_code: int
    body: Any = None


class _Failed(BaseModel):
    code: str | None = None
    message: str | None = None


class _Line(BaseModel):
    """One answer."""

    custom_id: str
    response: _Answered | None = None
    error: _Failed | None = None


class BatchingChatProvider(ChatProvider):
    """A model behind chat completions whose server takes batches."""

    def begin_batch(self, asks: Mapping[str, Ask], /) -> str:
        """See `BatchProvider.begin_batch`."""
        ways = self.manners.now()
        lines = [
            {"custom_id": name, "method": "POST", "url": _ENDPOINT, "body": self.request(ask, ways)}
            for name, ask in asks.items()
        ]
        file = ("questions.jsonl", "\n".join(map(json.dumps, lines)).encode(), "application/jsonl")

        def begin() -> Any:
            uploaded = self.name_in(self.client.files.create(file=file, purpose="batch"))
            create = self.client.batches.create
            return create(input_file_id=uploaded, endpoint=_ENDPOINT, completion_window="24h")

        return self.name_in(self.failures.guarded(self.sdk, begin))

    def batch_state(self, batch: str, /) -> BatchState:
        """See `BatchProvider.batch_state`."""
        found = self.failures.guarded(self.sdk, lambda: self.client.batches.retrieve(batch))
        with self.reading():
            counts, errors = found.request_counts, (found.errors.data or []) if found.errors else []
            done, total = (counts.completed + counts.failed, counts.total) if counts else (0, 0)
            why = self.failures.shown(
                "; ".join([error.message or error.code or "" for error in errors] or [found.status])
            )
            return BatchState(found.status in _ENDED, done, total, "" if found.status == "completed" else why)

    def batch_outcomes(self, batch: str, /) -> Iterator[tuple[str, Reply | ProviderError]]:
        """See `BatchProvider.batch_outcomes`."""
        found = self.failures.guarded(self.sdk, lambda: self.client.batches.retrieve(batch))
        with self.reading():
            files = [found.output_file_id, found.error_file_id]
        for file in filter(None, files):
            content = self.failures.guarded(self.sdk, partial(self.client.files.content, file))
            for text in content.read().splitlines():
                try:
                    line = _Line.model_validate_json(text)
                except ValidationError:  # what it says it says of no question that could be found
                    continue
                yield line.custom_id, self.outcome(partial(self._of_batch, line))

    def _of_batch(self, line: _Line) -> Reply:
        if line.response is None:
            said = line.error.message or line.error.code if line.error else ""
            raise self.failures.of("unavailable", f"not worked on: {said}")
        body, status = line.response.body, line.response.status_code
        if status != 200:
            raise self.failures.of_status(status, said_in(body, "no reason given"), {})
        return self.read(json.dumps(body).encode(), self.manners.now())
