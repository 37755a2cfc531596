"""A language model that an OpenAI-compatible server runs (vLLM, llama.cpp, Ollama): /vlm passes questions on to it."""

from __future__ import annotations

from gpu_service.settings import HostSettings
from gpu_service.work import Work
from mpr_core.cascade.access import ModelAccess, open_provider
from mpr_core.cascade.provider import Ask, Provider, Reply
from mpr_core.wire.health import FORWARDED, LANGUAGE_MODEL

_TIMEOUT_S = 120.0


class ForwardedVlm:
    """The server that VLM_URL names.

    Raises:
        ConfigError: no model is named.
    """

    def __init__(self, settings: HostSettings) -> None:
        endpoint = {"url": settings.vlm_url, "key": settings.vlm_api_key}
        self._access = ModelAccess.model_validate({"vlm": endpoint, "vlm_model": settings.vlm_model})
        self._own = self._opened("")

    def load(self) -> dict[str, str]:
        """See `Vlm.load`: the server has the model, of which no more than the name is known here."""
        return {LANGUAGE_MODEL + self._own.model: FORWARDED}

    def answer(self, ask: Ask, model: str, work: Work) -> Reply:
        """See `Vlm.answer`. The server decides which models it has; once it is asked, it is waited for."""
        work.still_wanted()
        if model in ("", self._own.model):
            return self._own.ask(ask)
        other = self._opened(model)
        try:
            return other.ask(ask)
        finally:
            other.close()

    def _opened(self, model: str) -> Provider:
        return open_provider("vlm", model, self._access, _TIMEOUT_S)

    def close(self) -> None:
        self._own.close()
