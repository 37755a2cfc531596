"""One set of open decoders and compiled models per process, shared by the steps that an in-process run executes one after the other."""

from __future__ import annotations

from mpr_core.runner.context import Services
from mpr_dagster.home import Home

_open: dict[str, Services] = {}


def shared_services(home: Home) -> Services:
    """The process's services for a home; another home or other settings get their own, and the former are closed."""
    secrets = hash((home.settings.s3_access(), home.settings.inference_host()))  # the JSON has stars for them
    key = f"{home.settings.model_dump_json()} {secrets}"
    if key not in _open:
        close_services()
        home.check_stores()
        _open[key] = home.services()
    return _open[key]


def close_services() -> None:
    """Close whatever is open."""
    for services in _open.values():
        services.close()
    _open.clear()
