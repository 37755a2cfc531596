"""Whether a run's cloud models have prices, told before anything is computed for them."""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.cascade.configs import EscalateCloudConfig
from mpr_core.cascade.prices import prices
from mpr_core.record import StageConfig
from mpr_dagster.home import Home


def check_prices(home: Home, configs: Mapping[str, StageConfig]) -> None:
    """Refuse what would fail at the stage that asks, after every stage before it was computed.

    Args:
        configs: of the stages that are to run.
    Raises:
        ConfigError: the price file cannot be read, or a model that can be asked has no price.
    """
    for stage, config in configs.items():
        if not isinstance(config, EscalateCloudConfig) or not config.enabled:
            continue
        if stage in home.settings.disabled_reasons():
            continue
        access = home.settings.model_access()
        for choice in config.providers:
            if access.missing(choice.provider, choice.model) is None:
                prices(access.prices_file).price(choice.provider, access.model(choice.provider, choice.model))
