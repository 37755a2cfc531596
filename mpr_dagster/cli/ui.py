"""`mpr ui`: the Dagster UI over this home."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mpr_dagster.cli.screen import console


def ui_command(
    port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI (webserver and daemon) on this machine."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.home import Home
    from mpr_dagster.instance import open_instance
    from mpr_dagster.partitions import register

    home = Home()
    timelines = Catalog(home.media_out()).timelines()
    with open_instance(home) as instance:
        for timeline in timelines:
            register(instance, timeline)
    console.print(f"Dagster UI: http://{host}:{port}  ({len(timelines)} timelines; stop with Ctrl-C)")
    dagster = Path(sys.executable).parent / "dagster"
    command = [str(dagster), "dev", "-m", "mpr_dagster.definitions", "--host", host, "--port", str(port)]
    os.execv(dagster, command)
