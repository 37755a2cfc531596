"""`mpr ui`: the Dagster UI over this home."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from mpr_core.errors import InputError
from mpr_dagster.cli.screen import say
from mpr_dagster.wording import many


def ui_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on the loopback address.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open the Dagster UI (webserver and daemon) on this machine."""
    from mpr_core.lineage.catalog import Catalog
    from mpr_dagster.control.dead_runs import close_dead_runs
    from mpr_dagster.home import Home, shipped_file
    from mpr_dagster.instance import open_instance
    from mpr_dagster.partitions import register

    home = Home()
    _refuse_taken(host, port)
    timelines = Catalog(home.media_out()).timelines()
    with open_instance(home) as instance:
        close_dead_runs(instance)
        for timeline in timelines:
            register(instance, timeline)
    say(
        f"Dagster UI: http://{host}:{port} in about 15 s, {many(len(timelines), 'timeline')}; stop with Ctrl-C",
        whole=True,
    )
    sys.stdout.flush()
    # A shell starts background jobs with Ctrl-C ignored, and Dagster stops its own processes by that very signal.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    dagster = Path(sys.executable).parent / "dagster"
    workspace = str(shipped_file("workspace.yaml"))
    command = [str(dagster), "dev", "-w", workspace, "--host", host, "--port", str(port)]
    os.execve(dagster, command, home.environment())


def _refuse_taken(host: str, port: int) -> None:
    """Dagster would start all the same: its daemon beside that of whoever listens there, its webserver not at all.

    Raises:
        InputError: nothing can listen there.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the webserver will
            tried.bind((host, port))
    except OSError as error:
        raise InputError(
            "nothing can listen there",
            where=f"{host}:{port}",
            why=(error.strerror or str(error)).lower(),
            remedy="another mpr ui may be open, or left over from one that was killed: end it, or choose another --port",
        ) from error
