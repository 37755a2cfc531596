"""All examinations of `mpr doctor`, in the order of a start: the machine, the store, the instance, the hosts that are asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mpr_core.cascade.prices import prices
from mpr_core.doctor import endpoints, machine
from mpr_core.doctor.diagnosis import Diagnosis, Examination, examined
from mpr_core.doctor.store_root import store_root
from mpr_dagster.doctor import instance_health, steps
from mpr_dagster.doctor.compute_logs import compute_logs
from mpr_dagster.doctor.unattended import watching, webhook
from mpr_dagster.home import Home
from mpr_dagster.settings import Settings


def examine(home: Home) -> list[Diagnosis]:
    """Everything; one thing that is broken hides no other."""
    return [found for name, examination in _examinations(home) for found in examined(name, examination)]


def _examinations(home: Home) -> Iterator[tuple[str, Examination]]:
    settings = home.settings
    yield "python", machine.python
    yield "libraries", machine.libraries
    yield "models", machine.models
    yield "disk", partial(machine.disk, home.root)
    for name, opened in (("MPR_MEDIA_IN", home.media_in), ("MPR_MEDIA_OUT", home.media_out)):
        yield name, partial(store_root, name, opened)
    yield "secrets", lambda: instance_health.variables(home.dagster_home())
    yield "instance", partial(instance_health.instance, home)
    yield "compute logs", partial(compute_logs, home)
    yield steps.NAME, partial(steps.steps, settings)
    yield "inference host", lambda: endpoints.inference_host(settings.inference_host())
    yield "VLM", partial(_language_model, settings)
    yield "cloud", partial(_cloud, settings)
    yield "watching", partial(watching, home)
    yield "webhook", partial(webhook, settings)


def _language_model(settings: Settings) -> Iterator[Diagnosis]:
    if settings.skip_vlm:
        yield Diagnosis(name="VLM", state="ok", found="switched off by SKIP_VLM")
        return
    yield from endpoints.language_model(settings.vlm_url, settings.vlm_model, settings.vlm_api_key.get_secret_value())


def _cloud(settings: Settings) -> Iterator[Diagnosis]:
    """Which providers have a key, and whether the prices can be read; no request is made, as each would cost money."""
    if settings.skip_cloud:
        yield Diagnosis(name="cloud", state="ok", found="switched off by SKIP_CLOUD")
        return
    present = settings.cloud_keys()
    prices(settings.prices_file)
    found = (
        f"keys for {', '.join(present)}, not tried" if present else "no provider has a key, escalate_cloud is skipped"
    )
    yield Diagnosis(name="cloud", state="ok", found=found)
