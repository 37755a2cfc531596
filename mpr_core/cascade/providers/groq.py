"""Groq, by its own SDK."""

from __future__ import annotations

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.providers.chat import FORMAT_WORDS, REASONING_WORDS
from mpr_core.cascade.providers.chat_batches import BatchingChatProvider
from mpr_core.cascade.providers.manners import Manner


class GroqProvider(BatchingChatProvider):
    """A model at Groq."""

    MANNERS = (
        # Few of its models take a schema, all of those that see pictures take 'json_object'.
        Manner("answer", FORMAT_WORDS, ("schema", "object", "told")),
        Manner("reasoning", REASONING_WORDS, ("none", "low", "")),
    )


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> GroqProvider:
    """See `open_provider`."""
    import groq

    client = groq.Groq(
        api_key=endpoint.key.get_secret_value(),
        base_url=endpoint.url,
        timeout=timeout_s,
        max_retries=0,
        http_client=groq.DefaultHttpxClient(follow_redirects=False),
    )
    return GroqProvider("groq", model, endpoint, client, groq)
