"""OpenAI, by its own SDK."""

from __future__ import annotations

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.providers.chat import FORMAT_WORDS, REASONING_WORDS, ChatProvider
from mpr_core.cascade.providers.manners import Manner

MANNERS = (
    # Strict takes a part of JSON schema only.
    Manner("answer", FORMAT_WORDS, ("strict", "schema")),
    # The models before GPT-5 have no such field, the first of GPT-5 no 'none'.
    Manner("reasoning", REASONING_WORDS, ("none", "minimal", "")),
    # What a picture costs is known for 'high' of every model; left to the model it may be ten times as much.
    Manner("detail", ("detail",), ("high", "")),
)


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> ChatProvider:
    """See `open_provider`."""
    import openai

    client = openai.OpenAI(
        api_key=endpoint.key.get_secret_value(), base_url=endpoint.url, timeout=timeout_s, max_retries=0
    )
    return ChatProvider("openai", model, endpoint, sdk=openai, client=client, manners=MANNERS)
