# syntax=docker/dockerfile:1
# The inference host: its own distribution and lock in gpu_service/, AGPL-3.0. The CUDA libraries come with the wheels; of the machine it
# needs the driver and the NVIDIA container toolkit only.
FROM ghcr.io/astral-sh/uv:0.13.8 AS uv

FROM python:3.12.12-slim-bookworm AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PROJECT_ENVIRONMENT=/opt/gpu-service \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /source
COPY pyproject.toml uv.lock README.md LICENSE dagster.yaml workspace.yaml ./
COPY mpr_core mpr_core
COPY mpr_dagster mpr_dagster
COPY gpu_service gpu_service
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --no-editable --project gpu_service --extra cuda --extra yolo --extra paddle --extra ray --extra vlm

FROM python:3.12.12-slim-bookworm
RUN groupadd --gid 10001 mpr \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mpr
# KubeRay asks Ray's nodes whether they are well with wget, inside the container. Whichever version the distribution has will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends wget \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/gpu-service /opt/gpu-service
# A malicious .pt file would run on being loaded.
ENV PATH=/opt/gpu-service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ULTRALYTICS_SAFE_LOAD=1 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
CMD ["uvicorn", "gpu_service.app:app", "--host", "0.0.0.0", "--port", "8000"]
