"""A host in a process of its own, whose answers wait for a file to appear: `python draining_host.py PORT FILE`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import uvicorn
from gpu_service.app import create_app
from serving import HeldBack, StandIn, settings, wait_until


def main(port: int, file: Path) -> None:
    held = HeldBack()

    def let_go() -> None:
        wait_until(file.exists)
        held.go.set()

    threading.Thread(target=let_go, daemon=True).start()
    uvicorn.run(create_app(settings(), lambda _: StandIn(held)), port=port, log_config=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
