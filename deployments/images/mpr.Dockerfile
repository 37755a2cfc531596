# syntax=docker/dockerfile:1
# The orchestrator: code location, webserver, daemon and the `mpr` command are one image. Built from the repository's folder.
# The packages are those of uv.lock, with their digests; the tags below are pinned by version, not by digest.
FROM ghcr.io/astral-sh/uv:0.13.8 AS uv

FROM python:3.12.12-slim-bookworm AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PROJECT_ENVIRONMENT=/opt/mpr \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /source
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --extra k8s --no-install-project
COPY dagster.yaml workspace.yaml ./
COPY mpr_core mpr_core
COPY mpr_dagster mpr_dagster
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --extra k8s --no-editable

FROM python:3.12.12-slim-bookworm
RUN groupadd --gid 10001 mpr \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/mpr --shell /usr/sbin/nologin mpr \
    && install -d -o mpr -g mpr /var/lib/mpr /var/lib/mpr-scratch
COPY --from=build /opt/mpr /opt/mpr
COPY deployments/instance /etc/mpr
ENV PATH=/opt/mpr/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPR_HOME=/var/lib/mpr \
    DAGSTER_HOME=/etc/mpr
WORKDIR /var/lib/mpr
USER 10001:10001
CMD ["mpr", "--help"]
