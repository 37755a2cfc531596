"""The price table, and that no question can cost more than was said before it was asked."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image

from mpr_core.cascade.access import CLOUD, DEFAULT_MODELS
from mpr_core.cascade.prices import FREE, PictureTokens, Price, prices
from mpr_core.cascade.provider import Ask, Usage
from mpr_core.errors import ConfigError

OWN = """
format: mpr.prices/1
date: 2027-01-01
source: a contract
providers:
  openai: {gpt-6-luna: {input_usd: 7, output_usd: 8}}
  vlm: {rented: {input_usd: 1, output_usd: 1}}
"""


def jpeg(width_px: int, height_px: int) -> bytes:
    written = io.BytesIO()
    Image.new("L", (width_px, height_px)).save(written, "JPEG")
    return written.getvalue()


@pytest.mark.parametrize("name", CLOUD)
def test_the_usual_model_of_every_cloud_provider_has_a_price(name: Any) -> None:
    price = prices().price(name, DEFAULT_MODELS[name])
    assert 0 < price.input_usd < price.output_usd
    assert price.picture.of(100, 100) > 0


def test_the_usual_models_are_in_the_sdks_own_lists() -> None:
    from anthropic.types import Model
    from google.genai._gaos.types.interactions.model import Model as GoogleModel
    from groq.types.chat.completion_create_params import CompletionCreateParams
    from openai.types.shared import ChatModel

    def names(kind: Any) -> set[Any]:
        found = set(get_args(kind))
        return found.union(*(names(part) for part in found if not isinstance(part, str)))

    groq = {text for text in ("qwen/qwen3.8-27b",) if text in str(CompletionCreateParams.__annotations__["model"])}
    for provider, known in {
        "anthropic": names(Model),
        "gemini": names(GoogleModel),
        "openai": names(ChatModel),
        "groq": groq,
    }.items():
        assert DEFAULT_MODELS[provider] in known  # type: ignore[index]


def test_a_cost_is_exact_to_the_last_token() -> None:
    price = Price(input_usd=Decimal("0.10"), output_usd=Decimal("0.50"))
    assert price.cost_usd(Usage(1, 1)) == Decimal("0.0000006")
    assert price.cost_usd(Usage()) == 0


def test_a_long_prompt_has_its_own_price() -> None:
    price = prices().price("anthropic", "claude-haiku-5-5")
    assert price.cost_usd(Usage(100_000, 100)) == Decimal("0.01005")
    assert price.cost_usd(Usage(100_001, 100)) == Decimal("0.0502505")


@pytest.mark.parametrize(
    ("rule", "size_px", "tokens"),
    [
        (PictureTokens(patch_px=28, most_tokens=4784), (1000, 1000), 1296),  # the example in Anthropic's own table
        (PictureTokens(patch_px=28, most_tokens=4784), (8000, 8000), 4784),
        (PictureTokens(patch_px=32, tokens_per_patch=2.46), (1024, 1024), 2520),
        (PictureTokens(most_tokens=1120), (10, 10), 1120),
        (PictureTokens(patch_px=28), (1, 1), 1),
    ],
)
def test_pictures_count_as_the_provider_says(rule: PictureTokens, size_px: tuple[int, int], tokens: int) -> None:
    assert rule.of(*size_px) == tokens


def test_the_worst_case_covers_every_byte_of_text_and_every_picture() -> None:
    price = prices().price("anthropic", "claude-haiku-5-5")
    ask = Ask("äöü", "abc", (jpeg(56, 28), jpeg(29, 1)), {}, max_output_tokens=300)
    usage = price.worst_usage(ask)
    assert usage == Usage(6 + 3 + 2 + 2 + 2 + 500, 300)
    assert price.worst_cost_usd(ask) == price.cost_usd(usage)


def test_a_local_model_is_free_and_a_cloud_model_without_a_price_is_refused() -> None:
    assert prices().price("vlm", "whatever") == FREE
    with pytest.raises(ConfigError, match="MPR_PRICES") as caught:
        prices().price("openai", "gpt-99")
    assert caught.value.exit_code == 2
    assert "gpt-6-luna" in caught.value.why


def test_an_own_file_stands_in_for_the_shipped_prices_model_by_model(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(OWN)
    table = prices(own)
    assert table.price("openai", "gpt-6-luna").input_usd == 7
    assert table.price("openai", "gpt-5.6-luna") == prices().price("openai", "gpt-5.6-luna")
    assert table.price("vlm", "rented").output_usd == 1
    assert table.price("vlm", "other") == FREE


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[",
        "\xff",
        "a: 1",
        OWN.replace("mpr.prices/1", "mpr.prices/9"),
        OWN.replace("7", "-7"),
        OWN + "  x: 1",
    ],
)
def test_a_file_that_is_no_price_file_is_refused(tmp_path: Path, text: str | None) -> None:
    own = tmp_path / "prices.yaml"
    if text is not None:
        own.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        prices(own)
    assert caught.value.where == str(own)
    assert caught.value.remedy
