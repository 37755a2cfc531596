"""What a question that nobody asks would have cost at most, for a stage that is switched off or has nobody to ask."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache

from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.lines import Choice
from mpr_core.cascade.prices import prices
from mpr_core.cascade.provider import Ask
from mpr_core.cascade.question import answer_schema
from mpr_core.errors import ConfigError
from mpr_core.runner.context import Services

_USUAL_NAME = "a brand of two words"


def usual_cost_usd(choices: Sequence[Choice], config: EscalateConfig, services: Services) -> float:
    """The most that one question would cost with the first of the choices; 0 where that is not known or costs nothing."""
    if not choices:
        return 0.0
    name, model = choices[0]
    try:
        price = prices(services.models.prices_file).price(name, services.models.model(name, model))
    except ConfigError:  # a skipped stage must not fail for want of a price
        return 0.0
    return float(price.worst_cost_usd(_usual_question(config)))


def _usual_question(config: EscalateConfig) -> Ask:
    names = [_USUAL_NAME] * config.names_in_question
    blank = _blank(config.picture_side_px)
    return Ask(
        config.instructions,
        config.prompt + "".join(names),
        (blank, blank),
        answer_schema(names),
        config.max_output_tokens,
    )


@lru_cache(maxsize=4)
def _blank(side_px: int) -> bytes:
    """A picture as large as one may be sent: wide as a screen."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (side_px, side_px * 9 // 16)).save(out, "JPEG")
    return out.getvalue()
