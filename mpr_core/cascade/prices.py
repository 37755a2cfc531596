"""What questions cost: the price table, the most that one may cost before it is asked, and what it did cost. Money is decimal, exact."""

from __future__ import annotations

import datetime
import io
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from mpr_core.cascade.access import LOCAL
from mpr_core.cascade.provider import Ask, Usage
from mpr_core.errors import ConfigError
from mpr_core.record import Record, problems_of

_SHIPPED = Path(__file__).with_name("prices.yaml")
_MILLION = Decimal(1_000_000)
# Room for what providers put around a question: roles, marks of pictures, their own words on the schema. None publishes it.
_WRAPPING_TOKENS = 500


class PictureTokens(Record):
    """How a provider counts a picture.

    Attributes:
        patch_px: side of the squares that cover it; None: each picture counts `most_tokens`.
        most_tokens: None: no bound.
    """

    patch_px: int | None = Field(default=None, ge=1)
    tokens_per_patch: float = Field(default=1, gt=0)
    most_tokens: int | None = Field(default=None, ge=1)

    def of(self, width_px: int, height_px: int) -> int:
        """Tokens of one picture: what it counts, or more."""
        if self.patch_px is None:
            return self.most_tokens or 0
        patches = math.ceil(width_px / self.patch_px) * math.ceil(height_px / self.patch_px)
        tokens = math.ceil(patches * self.tokens_per_patch)
        return tokens if self.most_tokens is None else min(tokens, self.most_tokens)


class LongPrompts(Record):
    """Prices of the whole question when its prompt is longer than that."""

    above_input_tokens: int = Field(ge=1)
    input_usd: Decimal = Field(ge=0)
    output_usd: Decimal = Field(ge=0)


class Price(Record):
    """One model's, in US dollars per million tokens."""

    input_usd: Decimal = Field(ge=0)
    output_usd: Decimal = Field(ge=0)
    long: LongPrompts | None = None
    picture: PictureTokens = PictureTokens()
    batch_ratio: Decimal = Field(
        default=Decimal("0.5"), ge=0, le=1, description="what a question in a batch costs of it"
    )

    def cost_usd(self, usage: Usage) -> Decimal:
        """What these tokens cost."""
        dear = self.long is not None and usage.input_tokens > self.long.above_input_tokens
        rates = self.long if self.long is not None and dear else self
        return (usage.input_tokens * rates.input_usd + usage.output_tokens * rates.output_usd) / _MILLION

    def worst_usage(self, ask: Ask) -> Usage:
        """The most tokens one call of a question may take: none is shorter than a byte of text."""
        texts = (ask.instructions, ask.prompt, json.dumps(ask.schema, ensure_ascii=False))
        text_tokens = sum(len(text.encode()) for text in texts)
        picture_tokens = sum(self.picture.of(*_size_px(picture)) for picture in ask.pictures)
        return Usage(text_tokens + picture_tokens + _WRAPPING_TOKENS, ask.max_output_tokens)

    def worst_cost_usd(self, ask: Ask) -> Decimal:
        """The most one call of a question may cost."""
        return self.cost_usd(self.worst_usage(ask))


FREE = Price(input_usd=Decimal(0), output_usd=Decimal(0))


class PriceTable(Record):
    """A price file.

    Attributes:
        date: the day from which on these prices are known to hold, or on which they were last looked up.
        source: where they stand.
    """

    format: Literal["mpr.prices/1"]
    date: datetime.date
    source: str
    providers: Mapping[str, Mapping[str, Price]]

    def price(self, provider: str, model: str) -> Price:
        """A model's price; a local one is free unless the table says otherwise.

        Raises:
            ConfigError: it has none, so no budget could be kept.
        """
        models = self.providers.get(provider, {})
        if model in models:
            return models[model]
        if provider in LOCAL:
            return FREE
        raise ConfigError(
            "a model without a price",
            where=f"{provider}: {model}",
            why=f"the price table of {self.date} has {', '.join(models) or 'no model of this provider'}",
            remedy="name one of these, or write its price into a file and name that in MPR_PRICES (docs/providers.md)",
        )


def prices(own: Path | None = None) -> PriceTable:
    """The shipped prices, under those of the user's own file.

    Raises:
        ConfigError: the file cannot be read or is no price file.
    """
    shipped = _shipped()
    if own is None:
        return shipped
    table = _read(own)
    merged = {
        name: {**shipped.providers.get(name, {}), **table.providers.get(name, {})}
        for name in {**shipped.providers, **table.providers}
    }
    return table.model_copy(update={"providers": merged})


@lru_cache(maxsize=1)
def _shipped() -> PriceTable:
    return _read(_SHIPPED)


def _read(path: Path) -> PriceTable:
    remedy = "see docs/providers.md for its form, or unset MPR_PRICES"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return PriceTable.model_validate(document)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError("cannot read the prices", where=str(path), why=why, remedy=remedy) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("not a price file", where=str(path), why="it is not YAML", remedy=remedy) from error
    except ValidationError as error:
        raise ConfigError("not a price file", where=str(path), why=problems_of(error), remedy=remedy) from error


def _size_px(jpeg: bytes) -> tuple[int, int]:
    """Width and height that a picture's header tells."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        return picture.size
