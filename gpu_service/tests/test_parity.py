"""A timeline whose inference this host does has the parts and nodes of one that was done in-process, also when the host dies on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest
from pydantic import SecretStr
from serving import TOKEN, wait_until

from mpr_core.brands.brand_list import Brand
from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.exchange import Exchange, HostAway
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Inference
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.media.limits import MediaLimits
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import effective_configs
from mpr_core.runner.context import Services
from mpr_core.runner.events import Event, EventSink, no_events
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.registry import STAGES
from mpr_core.store.object_store import ObjectStore
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.write import synthesize
from mpr_core.timeline.ingest import IngestRequest, ingest
from mpr_core.wire import routes
from mpr_core.wire.health import Ready

OVERRIDES = {
    "extract_frames": {"segment_s": 2},
    "field_segmentation": {"enabled": True},
    "detect_edges": {"enabled": True},
    "detect_objects": {"hints": "prioritise"},
    "escalate_vlm": {"enabled": False},
    "escalate_cloud": {"enabled": False},
}
Result = tuple[dict[str, str], dict[str, bytes]]


class HostProcess:
    """The host as `python -m gpu_service` starts it, at one address for all its lives."""

    def __init__(self, models: Path) -> None:
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.access = HostAccess(f"http://127.0.0.1:{self.port}", SecretStr(TOKEN), patience_s=120)
        self._environment = os.environ | {
            "INFERENCE_TOKEN": TOKEN,
            "GPU_MODELS": str(models),
            "GPU_ENGINE": "openvino",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "gpu_service", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ready(self) -> bool:
        try:
            Exchange(self.access).get(routes.READY, Ready)
        except HostAway:
            return False
        return True


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "match.mp4"
    synthesize(SynthSpec(seconds=8, seed=3, width=640, height=360), path)
    return path


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    process = HostProcess(tmp_path_factory.mktemp("models"))
    process.start()
    try:
        wait_until(process.ready)
        yield process
    finally:
        process.kill()


def ran(film: Path, inference: Inference, events: EventSink = no_events) -> Result:
    """Node ids by stage, and every part's files."""
    store = ObjectStore("memory://")
    request = IngestRequest("film", [film], brands=(Brand(canonical_name="Vantelo"),))
    timeline = ingest(request, media_in=store, catalog=Catalog(store), limits=MediaLimits()).timeline
    configs = effective_configs(ProfileLibrary(Path("no user profiles")).load("generic"), timeline.brands, OVERRIDES)
    services = Services(store, store, inference=inference)
    nodes: dict[str, Node] = {}
    for name in STAGES:
        parents = {need: nodes[need] for need in STAGES[name].needs}
        nodes[name] = run_stage(StageRequest(timeline, name, configs[name], parents, "generic"), services, events)
    assert nodes["field_segmentation"].counts["frames_with_field"], "no band is looked for"
    return {name: node.id for name, node in nodes.items()}, {key: store.get(key) for key, _ in store.keys("parts")}


@pytest.fixture(scope="module")
def in_process(film: Path) -> Result:
    return ran(film, InProcess())


def test_the_host_gives_byte_for_byte_the_parts_of_an_own_process(
    film: Path, host: HostProcess, in_process: Result
) -> None:
    assert ran(film, HostInference(host.access)) == in_process


@pytest.mark.parametrize("stage", ["field_segmentation", "detect_objects", "run_ocr"])
def test_a_host_killed_in_a_stage_and_started_again_loses_and_doubles_no_frame(
    stage: str, film: Path, host: HostProcess, in_process: Result
) -> None:
    killed = threading.Event()

    def kill_once(event: Event) -> None:
        if event.stage == stage and event.kind == "stage_started" and not killed.is_set():
            killed.set()
            threading.Timer(0.15, restart).start()

    def restart() -> None:
        host.kill()
        host.start()

    assert ran(film, HostInference(host.access), kill_once) == in_process
    assert killed.is_set()
