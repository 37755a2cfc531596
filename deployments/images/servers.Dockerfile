# syntax=docker/dockerfile:1
# MinIO and Caddy as they are, with folders that their non-root user may write: a named volume takes its owner from the image.
# Docker Hub has MinIO's images no more; quay.io has them, up to these versions.
FROM busybox:1.37.0 AS folders
RUN mkdir -p /owned/data /owned/config && chown -R 10001:10001 /owned

FROM quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z AS minio
COPY --from=folders /owned /srv
USER 10001:10001

FROM caddy:2.10.2-alpine AS proxy
COPY --from=folders /owned /srv
# Caddy's file asks for the right to ports below 1024. Where all rights are dropped, the kernel refuses to start such a file.
RUN setcap -r /usr/bin/caddy
ENV XDG_DATA_HOME=/srv/data \
    XDG_CONFIG_HOME=/srv/config
USER 10001:10001
