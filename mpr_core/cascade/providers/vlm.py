"""A local vision-language model behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama and the like."""

from __future__ import annotations

from mpr_core.cascade.access import Endpoint
from mpr_core.cascade.providers.chat import FORMAT_WORDS, ChatProvider
from mpr_core.cascade.providers.manners import Manner


class VlmProvider(ChatProvider):
    """A model on one's own machine."""

    TOKENS_FIELD = "max_tokens"  # the older name: every server knows it
    # A server that lacks the schema refuses it, or passes over it and answers in prose: then the model is told, and its text is searched.
    MANNERS = (Manner("answer", FORMAT_WORDS, ("led", "told")),)


def opened(model: str, endpoint: Endpoint, timeout_s: float) -> VlmProvider:
    """See `open_provider`."""
    import openai

    key = endpoint.key.get_secret_value() or "none"
    client = openai.OpenAI(
        api_key=key,
        base_url=endpoint.url,
        timeout=timeout_s,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False),
        # Said here, a header of OPENAI_CUSTOM_HEADERS does not stand in for it.
        default_headers={"Authorization": f"Bearer {key}"},
    )
    # The SDK takes these from the environment; they are OpenAI's, and no other server's business.
    client.admin_api_key = client.organization = client.project = None
    return VlmProvider("vlm", model, endpoint, client, openai)
