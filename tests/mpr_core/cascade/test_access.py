"""What keeps a provider from being asked, said beforehand; and that access shows no key."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from mpr_core.cascade.access import CLOUD, LOCAL, Endpoint, ModelAccess, open_provider
from mpr_core.errors import ConfigError

KEYED = Endpoint(key=SecretStr("k3y"))


def test_nothing_set_is_a_reason_for_each_provider() -> None:
    assert {name: ModelAccess().missing(name) for name in LOCAL + CLOUD} == {  # type: ignore[arg-type]
        "vlm": "VLM_URL is not set",
        "host": "INFERENCE_URL is not set",
        "anthropic": "ANTHROPIC_API_KEY is not set",
        "gemini": "GEMINI_API_KEY is not set",
        "openai": "OPENAI_API_KEY is not set",
        "groq": "GROQ_API_KEY is not set",
    }


def test_a_local_server_needs_a_model_from_somewhere() -> None:
    here = ModelAccess(vlm=Endpoint(url="http://here:8000/v1/"))
    assert here.missing("vlm") == "VLM_MODEL is not set, and the profile names no model"
    assert here.missing("vlm", "named-in-the-profile") is None
    assert here.model_copy(update={"vlm_model": "usual"}).missing("vlm") is None
    assert here.vlm.url == "http://here:8000/v1"


@pytest.mark.parametrize("name", CLOUD)
def test_a_key_is_all_that_a_cloud_provider_needs(name: Any) -> None:
    access = ModelAccess(**{name: KEYED})
    assert access.missing(name) is None
    assert access.endpoint(name).url.startswith("https://")
    provider = open_provider(name, "", access, 5)
    assert (provider.name, provider.model) == (name, access.model(name))
    provider.close()


def test_no_key_is_shown() -> None:
    access = ModelAccess(openai=KEYED, vlm=KEYED)
    assert "k3y" not in repr(access) + str(access) + access.model_dump_json()


def test_a_key_loses_its_line_break_and_one_that_is_none_is_a_reason() -> None:
    assert Endpoint(key=SecretStr(" k3y\n")).key.get_secret_value() == "k3y"
    for key in ("k3 y", "k3\ny", "k3\x00", "schlüssel"):
        reason = ModelAccess(groq=Endpoint(key=SecretStr(key))).missing("groq")
        assert reason == "GROQ_API_KEY holds a character that no key has"


@pytest.mark.parametrize("name", ["openai", "vlm", "grok"])
def test_opening_what_cannot_be_asked_is_the_users_mistake(name: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        open_provider(name, "", ModelAccess(), 5)
    assert caught.value.exit_code == 2
    assert caught.value.remedy


@pytest.mark.parametrize(
    "url", ["here:8000", "ftp://here", "http://", "http:// here", "http://[here", "http://here:port"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Endpoint(url=url)
