"""moto's threaded server with one bucket; `python -m tests.bench.moto_server [MILLISECONDS]` answers each request so much later.

Prints its address and serves until its standard input ends.
"""

from __future__ import annotations

import sys
import time

from tests.mpr_core.store.s3_wire import moto_wire


def serve(distance_s: float) -> None:
    """Serve until standard input ends; the wait is what a network and a real store's disks would take."""
    if distance_s:
        from werkzeug.serving import WSGIRequestHandler

        run = WSGIRequestHandler.run_wsgi

        def later(handler: WSGIRequestHandler) -> None:
            time.sleep(distance_s)
            run(handler)

        WSGIRequestHandler.run_wsgi = later  # type: ignore[method-assign]
    with moto_wire() as wire:
        print(wire.endpoint_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0)
