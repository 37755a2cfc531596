"""Where the steps of a queued run are executed (`MPR_EXECUTOR`): in the run's own process, as Ray jobs, or as Kubernetes jobs.

A step that is a job of its own can be lost with its machine; then the run's process starts it again, and it finds its finished segments.
What a stage itself refuses is another matter, which `stage_retry` decides in the step's own process.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import dagster as dg
from pydantic import SecretStr

from mpr_core.errors import ConfigError
from mpr_core.inference.host.access import has_login
from mpr_core.runner.stage import Stage
from mpr_dagster.settings import Settings

MOST_LOSSES = 2
_BETWEEN_LOSSES_S = 10.0
_PACKAGES = {"ray": "dagster_ray", "k8s": "dagster_k8s"}
# Both executors set it for the process of a step.
_STEP_VARIABLE = "DAGSTER_RUN_STEP_KEY"
_GPU_TAGS = {
    "dagster-ray/config": {"num_gpus": 1},
    "dagster-k8s/config": {
        "container_config": {"resources": {"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "1"}}},
        "pod_spec_config": {
            "node_selector": {"nvidia.com/gpu.present": "true"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        },
    },
}


def step_tags(stage: Stage) -> dict[str, str]:
    """Where a stage's step belongs: one that infers goes to a GPU, as Ray and Kubernetes count them; the others name nothing."""
    return {name: json.dumps(config) for name, config in _GPU_TAGS.items()} if stage.pool == "gpu" else {}


def step_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The executor of all jobs of the eleven stages.

    Raises:
        ConfigError: its package is not installed here.
    """
    place = settings.executor
    if place == "in_process":
        return dg.in_process_executor
    if find_spec(_PACKAGES[place]) is None:
        raise ConfigError(
            "steps cannot be executed there",
            where=f"MPR_EXECUTOR={place}",
            why=f"{_PACKAGES[place].replace('_', '-')} is not installed",
            remedy=f"install MPR with its extra: uv sync --extra {place} (pip: mpr[{place}])",
        )
    if place == "ray":
        from dagster_ray import ray_executor

        return ray_executor.configured({"ray": {"env_vars": step_variables(settings)}}, name="ray")
    from dagster_k8s import k8s_job_executor

    return k8s_job_executor


def lost_step_policy(settings: Settings) -> dg.RetryPolicy | None:
    """How often a step is started again that was lost with its process.

    Only the run's own process goes by it. In the step's process Dagster would apply it to whatever a stage raises, also to what stays
    wrong for ever and to the end of a run that someone asked for.
    """
    if settings.executor == "in_process" or _STEP_VARIABLE in os.environ:
        return None
    return dg.RetryPolicy(max_retries=MOST_LOSSES, delay=_BETWEEN_LOSSES_S)


def step_variables(settings: Settings) -> list[str]:
    """What a step elsewhere is to go by, as `NAME=value`: the settings that are set here, but for secrets and paths.

    Secrets stay out, also addresses with a login in them, because Ray shows a job's environment to whoever may look at its dashboard; the
    step's machine has its own, and its own files. Only a home in which the roots lie goes along: then its folder has to be shared with that
    machine anyway.
    """
    variables = [
        f"{name}={os.environ[name]}"
        for field in type(settings).model_fields.values()
        if not {SecretStr, Path} & {field.annotation, *get_args(field.annotation)}
        for name in getattr(field.validation_alias, "choices", [field.validation_alias])
        if os.environ.get(str(name)) and not has_login(os.environ[str(name)])
    ]
    if not (settings.media_in and settings.media_out):
        variables.append(f"MPR_HOME={settings.home.expanduser().absolute()}")
    return variables
