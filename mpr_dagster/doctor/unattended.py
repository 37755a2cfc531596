"""What runs by itself, with nobody there to read an error: taking in chunks, and telling of failures."""

from __future__ import annotations

from collections.abc import Iterator

from mpr_core.cascade.access import web_address
from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.store import keys
from mpr_dagster.home import Home
from mpr_dagster.settings import Settings


def watching(home: Home) -> Iterator[Diagnosis]:
    """Whether what is taken in can be computed.

    Raises:
        ConfigError: the profile of new timelines cannot be loaded.
    """
    settings = home.settings
    if not settings.watch:
        yield Diagnosis(name="watching", state="ok", found="no folder: MPR_WATCH is not set")
        return
    profile = home.profiles.load(settings.watch_profile).name
    prefixes = settings.watch_rules().prefixes
    if keys.CHUNKS in prefixes:
        found = f"{keys.CHUNKS}: what `mpr ingest` puts there would be taken in again, each file as a timeline"
        yield Diagnosis(name="watching", state="warning", found=found, remedy="watch other folders: MPR_WATCH")
        return
    found = f"{', '.join(prefixes)}, new timelines with profile {profile}"
    yield Diagnosis(name="watching", state="ok", found=found)


def webhook(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the webhook is an address. It is shown nowhere, as it may hold a secret, and a try would be told as a failure."""
    if settings.failure_webhook is None:
        yield Diagnosis(
            name="webhook", state="ok", found="none: MPR_FAILURE_WEBHOOK is not set, failed runs are told nobody"
        )
        return
    try:
        web_address(settings.failure_webhook.get_secret_value())
    except ValueError:
        found = "MPR_FAILURE_WEBHOOK is no http or https URL"
        yield Diagnosis(name="webhook", state="failure", found=found, remedy="mend or unset it")
        return
    yield Diagnosis(name="webhook", state="ok", found="is set, not tried")
