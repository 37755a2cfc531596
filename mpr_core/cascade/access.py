"""Which models can be asked, where they are served and who asks; read from the environment by the package that may."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from mpr_core.cascade.provider import Provider
from mpr_core.errors import ConfigError
from mpr_core.header_secret import fits_a_header
from mpr_core.record import Record

LocalName = Literal["vlm", "host"]
CloudName = Literal["anthropic", "gemini", "openai", "groq"]
ProviderName = Literal[LocalName, CloudName]
LOCAL: tuple[str, ...] = get_args(LocalName)
CLOUD: tuple[str, ...] = get_args(CloudName)

# The cheapest of each provider's models that see pictures and may answer without reasoning first, by the names the SDKs know.
DEFAULT_MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-haiku-5-5",
    "gemini": "gemini-3.5-flash-lite",
    "openai": "gpt-6-luna",
    "groq": "qwen/qwen3.8-27b",
}
# Given to the SDKs in words, so that no variable of the environment decides where a key is sent.
_OWN_URLS: dict[ProviderName, str] = {
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com",
    "openai": "https://api.openai.com/v1",
    "groq": "https://api.groq.com",
}
_URL_SETTINGS = {"vlm": "VLM_URL", "host": "INFERENCE_URL"}
_KEY_SETTINGS = {"vlm": "VLM_API_KEY", "host": "INFERENCE_TOKEN"} | {name: f"{name.upper()}_API_KEY" for name in CLOUD}


def web_address(url: str) -> str:
    """The address, or empty as given.

    Raises:
        ValueError: it is none.
    """
    if not url:
        return url
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets or a port that cannot be
        named = False
    if not named or re.search(r"\s", url):
        raise ValueError("not an address, as http://host:8000")
    return url


class Endpoint(Record):
    """One server. The key is never shown: neither here nor in a message."""

    url: str = Field(default="", description="empty: the provider's own; of vlm and host: there is none")
    key: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        return web_address(url).rstrip("/")

    @field_validator("key")
    @classmethod
    def _is_bare(cls, key: SecretStr) -> SecretStr:
        """Without the line break that a key read from a file brings along."""
        return SecretStr(key.get_secret_value().strip())


class ModelAccess(Record):
    """How models are reached.

    Attributes:
        vlm: an OpenAI-compatible server, up to /v1.
        vlm_model: the model that is asked there where the profile names none.
        host: the inference host.
        prices_file: the user's own prices, over the shipped ones.
    """

    vlm: Endpoint = Endpoint()
    vlm_model: str = ""
    host: Endpoint = Endpoint()
    anthropic: Endpoint = Endpoint()
    gemini: Endpoint = Endpoint()
    openai: Endpoint = Endpoint()
    groq: Endpoint = Endpoint()
    prices_file: Path | None = None

    def endpoint(self, name: ProviderName) -> Endpoint:
        """Where a provider is served: of a cloud provider always with an address."""
        given = cast(Endpoint, getattr(self, name))
        own = _OWN_URLS.get(name, "")
        return given if given.url or not own else given.model_copy(update={"url": own})

    def model(self, name: ProviderName, wanted: str = "") -> str:
        """The model to ask: the wanted one, else the provider's usual one; of the host empty: its own."""
        if wanted or name == "host":
            return wanted
        return self.vlm_model if name == "vlm" else DEFAULT_MODELS[name]

    def missing(self, name: ProviderName, wanted: str = "") -> str | None:
        """What keeps a provider from being asked, in words; None: nothing."""
        endpoint = self.endpoint(name)
        if name in LOCAL and not endpoint.url:
            return f"{_URL_SETTINGS[name]} is not set"
        key = endpoint.key.get_secret_value()
        if name in CLOUD and not key:
            return f"{_KEY_SETTINGS[name]} is not set"
        if not fits_a_header(key):
            return f"{_KEY_SETTINGS[name]} holds a character that no key has"
        if name == "vlm" and not self.model(name, wanted):
            return "VLM_MODEL is not set, and the profile names no model"
        return None


def open_provider(name: ProviderName, model: str, access: ModelAccess, timeout_s: float) -> Provider:
    """A provider that can be asked; its SDK is imported only now. Nothing is sent yet.

    Args:
        model: empty: the usual one.
        timeout_s: for connecting and between two bytes of an answer.
    Raises:
        ConfigError: no such provider, or what it needs is missing (`ModelAccess.missing` says so beforehand).
    """
    if name not in LOCAL + CLOUD:
        known = ", ".join(LOCAL + CLOUD)
        raise ConfigError("no such provider", where=name, why=f"there are {known}", remedy="name one of these")
    reason = access.missing(name, model)
    if reason:
        raise ConfigError(f"cannot ask {name}", why=reason, remedy="set it, or take the provider out of the profile")
    opened = import_module(f"mpr_core.cascade.providers.{name}").opened
    return cast(Provider, opened(access.model(name, model), access.endpoint(name), timeout_s))
