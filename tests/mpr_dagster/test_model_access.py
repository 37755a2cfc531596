"""What the environment says of models that can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpr_core.cascade.access import CLOUD
from mpr_core.errors import ConfigError
from mpr_dagster.home import Home
from mpr_dagster.settings import read_settings

KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
    "openai": ("OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "groq": ("GROQ_API_KEY", "GROQ_BASE_URL"),
    "vlm": ("VLM_API_KEY", "VLM_URL"),
    "host": ("INFERENCE_TOKEN", "INFERENCE_URL"),
}


def test_keys_and_addresses_of_the_environment_reach_a_runs_services(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MPR_HOME", str(tmp_path))
    monkeypatch.setenv("VLM_MODEL", "a-model")
    monkeypatch.setenv("MPR_PRICES", str(tmp_path / "prices.yaml"))
    for name, (key, url) in KEYS.items():
        monkeypatch.setenv(key, f"key-of-{name}")
        monkeypatch.setenv(url, f"http://{name}:1/v1/")
    models = Home().services().models
    for name in KEYS:
        endpoint = getattr(models, name)
        assert (endpoint.url, endpoint.key.get_secret_value()) == (f"http://{name}:1/v1", f"key-of-{name}")
    assert (models.vlm_model, models.prices_file) == ("a-model", tmp_path / "prices.yaml")
    assert "key-of" not in repr(models)


def test_an_unset_environment_lets_no_model_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [*(name for pair in KEYS.values() for name in pair), "GOOGLE_API_KEY", "VLM_MODEL"]:
        monkeypatch.delenv(variable, raising=False)
    access = read_settings().model_access()
    assert all(access.missing(name) for name in (*CLOUD, "vlm", "host"))  # type: ignore[arg-type]


def test_an_address_that_is_none_is_the_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_BASE_URL", "api.groq.example")
    with pytest.raises(ConfigError, match="GROQ_BASE_URL"):
        read_settings()


def test_a_login_in_an_address_that_is_none_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLM_URL", "http://me:not-to-be-seen@ho st/v1")
    with pytest.raises(ConfigError) as refused:
        read_settings()
    assert "http://***@ho st/v1" in refused.value.why
    assert "not-to-be-seen" not in str(refused.value)
