"""How busy the client keeps an inference host: with a stand-in that takes L seconds for B pictures, a stage should reach B / L."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.exchange import Exchange, HostAway
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.media.limits import MediaLimits
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import effective_configs
from mpr_core.runner.context import Services
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.ingest import IngestRequest, ingest
from mpr_core.wire import routes
from mpr_core.wire.health import Ready
from tests.bench.film import film
from tests.free_port import free_port

SECONDS = 240
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "gpu_service" / ".venv" / "bin" / "python"
_LATENCIES = ((0.1, 8), (0.2, 8), (0.4, 8))
_STAGES = STAGE_NAMES[: STAGE_NAMES.index("run_ocr") + 1]
_ASKED = {"detect_objects": "frames", "run_ocr": "crops"}
_OVERRIDES = {"extract_frames": {"segment_s": 16}, "filter_scenes": {"enabled": False}, "run_ocr": {"agree_score": 1.0}}


def bench(folder: Path) -> None:
    """Print what detect_objects and run_ocr reach."""
    if not PYTHON.exists():
        sys.exit("the host's environment is missing: make gpu sets it up")
    path, _ = film(folder, seconds=SECONDS, seed=7, width=1280, height=720)
    home = folder / "host"
    print(f"host: {SECONDS} s of 720p25 at 2 fps, host and client on the same {os.cpu_count()} cores")
    shutil.rmtree(home, ignore_errors=True)
    for latency_s, batch in _LATENCIES:
        with _stand_in(latency_s, batch) as url:
            for stage, count, seconds in _run(path, home, url):
                share = count / seconds / (batch / latency_s)
                print(
                    f"  L {latency_s * 1000:3.0f} ms, B {batch}: {stage:14s} {count:4d} {_ASKED[stage]} in {seconds:5.2f} s, "
                    f"{count / seconds:5.1f}/s of {batch / latency_s:5.1f}/s: {share:4.0%}"
                )


def _run(path: Path, home: Path, url: str) -> Iterator[tuple[str, int, float]]:
    """Stage, pictures asked about and seconds, for the two stages that wait for a model."""
    media_in, media_out = ObjectStore(str(home / "in")), ObjectStore(str(home / "out"))
    request = IngestRequest(timeline="bench", paths=[path])
    timeline = ingest(request, media_in=media_in, catalog=Catalog(media_out), limits=MediaLimits()).timeline
    import mpr_core.vision.tracking  # noqa: F401 - seconds of imports, which a run pays once, not per stage

    configs = effective_configs(ProfileLibrary(home / "profiles").load("generic"), timeline.brands, _OVERRIDES)
    here = Services(media_in, media_out)
    there = Services(media_in, media_out, inference=HostInference(HostAccess(url)))
    nodes: dict[str, Node] = {}
    for name in _STAGES:
        asked = StageRequest(timeline, name, configs[name], {n: nodes[n] for n in STAGES[name].needs}, "generic")
        began = time.perf_counter()
        nodes[name] = run_stage(asked, there if name in _ASKED else here)
        seconds = time.perf_counter() - began
        if name == "detect_objects":
            yield name, round(nodes["extract_frames"].counts["frames"]), seconds
        elif name == "run_ocr":
            yield name, round(nodes[name].counts["crops_read"]), seconds


@contextmanager
def started_host(*command: str, port: int) -> Iterator[str]:
    """A host in its own environment, ready to be asked at a port; its address.

    Args:
        command: what follows `python`.
    """
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    host = subprocess.Popen([PYTHON, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _until_ready(url)
        yield url
    finally:
        host.terminate()
        host.wait()


def _stand_in(latency_s: float, batch: int) -> AbstractContextManager[str]:
    port = free_port()
    return started_host("-m", "tests.bench.fixed_latency_host", f"{port}", f"{latency_s}", f"{batch}", port=port)


def _until_ready(url: str) -> None:
    """Wait for a host that was started, for a minute at most."""
    exchange = Exchange(HostAccess(url))
    for _ in range(600):
        try:
            exchange.get(routes.READY, Ready)
            return
        except HostAway:
            time.sleep(0.1)
    sys.exit(f"the host at {url} does not get ready")
