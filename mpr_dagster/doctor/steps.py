"""Whether steps can be executed where `MPR_EXECUTOR` says."""

from __future__ import annotations

import os
from collections.abc import Iterator

from mpr_core.doctor.diagnosis import Diagnosis
from mpr_core.doctor.endpoints import NoAnswer, document
from mpr_core.inference.host.access import without_login
from mpr_dagster.executors import step_executor
from mpr_dagster.settings import Settings

NAME = "executor"
_RAY_REMEDY = "start the cluster, and set RAY_ADDRESS to its dashboard, as http://HOST:8265 (and RAY_AUTH_TOKEN where it wants one)"


def steps(settings: Settings) -> Iterator[Diagnosis]:
    """The executor's package, and for Ray its cluster.

    Raises:
        ConfigError: the package is missing.
    """
    place = settings.executor
    step_executor(settings)
    if place != "ray":
        where = {"in_process": "in the run's own process", "k8s": "as pods of their own, not tried"}[place]
        yield Diagnosis(name=NAME, state="ok", found=f"{place}: steps run {where}")
        return
    address = os.environ.get("RAY_ADDRESS", "")
    if not address.startswith("http"):
        found = f"ray: RAY_ADDRESS is {without_login(address)!r}" if address else "ray: RAY_ADDRESS is not set"
        yield Diagnosis(name=NAME, state="failure", found=found, remedy=_RAY_REMEDY)
        return
    shown = f"ray at {without_login(address)}"
    try:
        answer = document(f"{address.rstrip('/')}/api/version", os.environ.get("RAY_AUTH_TOKEN", ""))
    except NoAnswer as error:
        yield Diagnosis(name=NAME, state="failure", found=f"{shown}: {error}", remedy=_RAY_REMEDY)
        return
    version = answer.get("ray_version", "?") if isinstance(answer, dict) else "?"
    yield Diagnosis(name=NAME, state="ok", found=f"{shown}: answers, Ray {version}")
