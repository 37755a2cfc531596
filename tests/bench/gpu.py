"""What is left of a host's models behind the wire: /detect and /ocr against the same models in a loop, and a whole run through the host.

Measures on whatever device the host finds (`GPU_ENGINE`); where there is an nvidia-smi, it says how busy the GPU was.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.lineage.catalog import Catalog
from mpr_core.media.limits import MediaLimits
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import effective_configs
from mpr_core.runner.context import Services
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.configs import DetectObjectsConfig, RunOcrConfig
from mpr_core.stages.registry import STAGES
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.ingest import IngestRequest, ingest
from mpr_core.wire.detect import DetectImage
from mpr_core.wire.ocr import OcrImage
from tests.bench.film import film
from tests.bench.host import PYTHON, ROOT, started_host
from tests.free_port import free_port

SECONDS = 60
_MOST_CROPS = 400


def bench(folder: Path) -> None:
    """Print frames and crops a second with and without the wire, and the whole run's speed."""
    if not PYTHON.exists():
        sys.exit("the host's environment is missing: make gpu sets it up")
    path, _ = film(folder, seconds=SECONDS, seed=7, width=1280, height=720)
    home, pictures = folder / "gpu", folder / "gpu-pictures"
    for old in (home, pictures):
        shutil.rmtree(old, ignore_errors=True)
    port = free_port()
    with started_host("-m", "gpu_service", "--port", f"{port}", port=port) as url, _gpu_use() as use:
        began = time.perf_counter()
        _run(path, home, url)
        wall_s = time.perf_counter() - began
        print(
            f"gpu: a run of {SECONDS} s of 720p25 through the host took {wall_s:.1f} s: {SECONDS / wall_s:.2f} x real time{use()}"
        )
        _pictures(home, pictures)
        through = {name: _rate(work, use) for name, work in _asking(pictures, url).items()}
    done = subprocess.run(
        [PYTHON, "-m", "tests.bench.bare_models", str(pictures)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    bare = json.loads(done.stdout.splitlines()[-1])
    print(f"  models: {bare['engine']}")
    for name, (rate, busy) in through.items():
        print(f"  /{name}: {rate:.1f}/s of {bare[name]:.1f}/s that the bare models do: {rate / bare[name]:.0%}{busy}")


def _run(path: Path, home: Path, url: str) -> None:
    media_in, media_out = ObjectStore(str(home / "in")), ObjectStore(str(home / "out"))
    request = IngestRequest(timeline="bench", paths=[path])
    timeline = ingest(request, media_in=media_in, catalog=Catalog(media_out), limits=MediaLimits()).timeline
    configs = effective_configs(ProfileLibrary(home / "profiles").load("generic"), timeline.brands, {})
    services = Services(media_in, media_out, inference=HostInference(HostAccess(url)))
    nodes = {}
    for name, stage in STAGES.items():
        parents = {need: nodes[need] for need in stage.needs}
        nodes[name] = run_stage(StageRequest(timeline, name, configs[name], parents, "generic"), services)
    services.close()


def _pictures(home: Path, folder: Path) -> None:
    """The run's frames and crops, as files by themselves."""
    out = home / "out"
    found = {
        "frames": sorted((out / keys.FRAMES).rglob("*.jpg")),
        "crops": sorted((out / keys.PARTS / "preprocess").rglob("*.jpg"))[:_MOST_CROPS],
    }
    for kind, paths in found.items():
        (folder / kind).mkdir(parents=True)
        for number, path in enumerate(paths):
            shutil.copy(path, folder / kind / f"{number:05d}.jpg")


def _asking(folder: Path, url: str) -> dict[str, Callable[[], int]]:
    """Operation -> asks the host about all pictures once, and says how many they are."""
    inference = HostInference(HostAccess(url))
    frames, crops = (
        [path.read_bytes() for path in sorted((folder / kind).glob("*.jpg"))] for kind in ("frames", "crops")
    )

    def detect() -> int:
        asked = [Asked(DetectImage(id=str(n)), HeldPicture(str(n), frame)) for n, frame in enumerate(frames)]
        deque(inference.detect(asked, DetectObjectsConfig()), maxlen=0)
        return len(frames)

    def read() -> int:
        asked = [Asked(OcrImage(id=str(n), group=n), HeldPicture(str(n), crop)) for n, crop in enumerate(crops)]
        deque(inference.read(asked, RunOcrConfig()), maxlen=0)
        return len(crops)

    return {"detect": detect, "ocr": read}


def _rate(work: Callable[[], int], use: Callable[[], str]) -> tuple[float, str]:
    """Pictures a second in the quicker of two passes, and how busy the GPU was."""
    rates = []
    use()
    for _ in range(2):
        began = time.perf_counter()
        count = work()
        rates.append(count / (time.perf_counter() - began))
    return max(rates), use()


@contextmanager
def _gpu_use() -> Iterator[Callable[[], str]]:
    """Says how busy the GPU was since it was asked last; nothing where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield lambda: ""
        return
    query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200"]
    sampler = subprocess.Popen([program, *query], stdout=subprocess.PIPE)
    output = sampler.stdout
    assert output is not None  # it is a pipe
    os.set_blocking(output.fileno(), False)

    def use() -> str:
        try:
            said = os.read(output.fileno(), 1 << 20)
        except BlockingIOError:
            return ""
        shares = [int(one) for one in said.split() if one.isdigit()]
        return f", GPU {sum(shares) / len(shares):.0f}% busy" if shares else ""

    try:
        yield use
    finally:
        sampler.terminate()
        sampler.wait()
