"""OpenAI, by its own SDK."""

from __future__ import annotations

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.providers.chat import FORMAT_WORDS, REASONING_WORDS
from mpr_core.cascade.providers.chat_batches import BatchingChatProvider
from mpr_core.cascade.providers.manners import Manner


class OpenAiProvider(BatchingChatProvider):
    """A model of OpenAI's."""

    MANNERS = (
        # Strict takes a part of JSON schema only.
        Manner("answer", FORMAT_WORDS, ("strict", "schema")),
        # The models before GPT-5 have no such field, the first of GPT-5 no 'none'.
        Manner("reasoning", REASONING_WORDS, ("none", "minimal", "")),
        # The newest models see a picture as it is unless told otherwise, whatever it then costs.
        Manner("detail", ("detail",), ("high", "")),
    )


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> OpenAiProvider:
    """See `open_provider`."""
    import openai

    client = openai.OpenAI(
        api_key=endpoint.key.get_secret_value(),
        base_url=endpoint.url,
        timeout=timeout_s,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False),
    )
    return OpenAiProvider("openai", model, endpoint, client, openai)
