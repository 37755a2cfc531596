"""The host on Ray Serve: `gpu_service.serve:app`, for several GPUs and hosts. The same application runs in each replica.

A request of the wire is already a batch of pictures; Ray spreads requests over replicas, and answers 429 when too many wait.
"""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from ray import serve

from gpu_service.settings import read_settings
from gpu_service.slots import RETRY_AFTER_S
from mpr_core.wire.refusal import STATUS

_HEALTH_REQUESTS = 8


class ReplicaSettings(BaseSettings):
    """How the application is spread; read where it is deployed."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    gpus: float = Field(
        default=1, ge=0, validation_alias="GPU_PER_REPLICA", description="share of a GPU; 0 runs on the CPU"
    )
    cpus: float = Field(default=2, gt=0, validation_alias="GPU_CPUS_PER_REPLICA")
    least: int = Field(default=1, ge=1, validation_alias="GPU_REPLICAS_MIN")
    most: int = Field(default=4, ge=1, validation_alias="GPU_REPLICAS_MAX")


def _application() -> FastAPI:
    """Made in the replica, from its environment; Ray's proxies listen for other machines, so never without a token."""
    from gpu_service.app import create_app

    return create_app(read_settings().secured())


def build(replicas: ReplicaSettings | None = None) -> serve.Application:
    """The deployment."""
    spread, host = replicas or ReplicaSettings(), read_settings().secured()
    deployment = serve.deployment(
        serve.ingress(_application)(),
        name="gpu_service",
        ray_actor_options={"num_gpus": spread.gpus, "num_cpus": spread.cpus},
        # The application itself refuses what is too much for it; health and figures are answered meanwhile.
        max_ongoing_requests=host.max_running + host.max_waiting + _HEALTH_REQUESTS,
        max_queued_requests=host.max_waiting,
        backpressure_config={"status_code": STATUS["overloaded"], "retry_after_s": RETRY_AFTER_S},
        autoscaling_config={
            "min_replicas": spread.least,
            "max_replicas": max(spread.least, spread.most),
            "target_ongoing_requests": host.max_running,
        },
        graceful_shutdown_timeout_s=host.drain_s,
        health_check_timeout_s=60,
    )
    return deployment.bind()


def app(_arguments: dict[str, str]) -> serve.Application:
    """What Ray Serve calls for `import_path: gpu_service.serve:app`; a builder, so that importing this module reads nothing."""
    return build()
