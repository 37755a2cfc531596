"""Steps as Ray jobs, on a cluster of a head without a GPU and a node that declares one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mpr_core.lineage.catalog import Catalog
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.lineage import nodes_of_run
from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_dagster.command_line import CommandLine
from tests.services.ray.run import PROFILE

ROOT = Path(__file__).parents[3]
BEFORE = "extract_frames,filter_scenes,field_segmentation,detect_edges"
STEPS = ("detect_objects", "preprocess", "run_ocr", "match_brands")
ON_GPU = ("detect_objects", "run_ocr")
TIMELINE = "long"
SEGMENTS = 12

pytest.importorskip("dagster_ray", reason="make test-services installs it")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster's jobs."""
    folder = tmp_path_factory.mktemp("ray")
    # Sockets have to have short paths.
    sockets = Path("/tmp") / f"ray-{os.getpid()}"
    environment = os.environ | {
        "RAY_TMPDIR": str(sockets),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # as there, it then stays on loopback
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # a step is started as `dagster`
    }
    sockets.mkdir()
    with (folder / "errors.txt").open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.services.ray.cluster"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert server.stdout is not None
        first = server.stdout.readline().split()
        assert first[:1] == ["ready"], (folder / "errors.txt").read_text()
        yield first[1]
    finally:
        server.communicate()
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A home with a timeline of twelve segments, of which all stages before the first that infers have run."""
    folder = tmp_path_factory.mktemp("prepared")
    shots = tuple(Shot(Fraction(6), (Sign(name, (40, 60), 24),), place=i, pan_px=9) for i, name in enumerate(_NAMES))
    draw_film(folder / "film.mp4", shots, size_px=(320, 180))
    mpr = CommandLine(folder / "home")
    written = Path(mpr.done("profiles", "copy", "generic", PROFILE, "--json").json["path"])
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("    fps: 2\n", "    fps: 8\n    segment_s: 2\n"), encoding="utf-8")
    (folder / "brands.json").write_text(json.dumps(list(_NAMES)))
    words = ("--timeline", TIMELINE, "--profile", PROFILE, "--brands", folder / "brands.json")
    mpr.done("ingest", folder / "film.mp4", *words)
    mpr.done("run", TIMELINE, "--stages", BEFORE)
    return mpr


_NAMES = ("Vantelo", "Brixomar", "Tavikko", "Oltessa")


class Run:
    """A run by Ray of some stages of a copied home."""

    def __init__(self, mpr: CommandLine, cluster: str, log: Path) -> None:
        self.mpr, self._log = mpr, log
        variables = {
            "MPR_EXECUTOR": "ray",
            "RAY_ADDRESS": cluster,
            "DAGSTER_HOME": str(mpr.home / "dagster"),
            "PYTHONPATH": str(ROOT),
            "GROQ_API_KEY": SECRET,
        }
        with mpr.inside(**variables), log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.services.ray.run", TIMELINE, *STEPS],
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )

    def until(self, found: Callable[[dg.DagsterInstance, dg.DagsterRun], Any]) -> Any:
        """What is looked for, as soon as it is there."""
        while True:
            assert self.process.poll() is None, self._log.read_text()[-4000:]
            with self.mpr.inside(), open_instance(Home()) as instance:
                for run in instance.get_runs(limit=1):
                    if run.job_name == f"detect__{PROFILE}" and (answer := found(instance, run)):
                        return answer
            time.sleep(0.3)

    def step_process(self, step: str) -> int:
        """The process of a step, once it has stored a segment."""

        def pid(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int | None:
            parts = list((self.mpr.home / "media-out" / "parts" / step).glob("*/*/part.json"))
            started = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_WORKER_STARTED).records
            said = [r.event_log_entry.dagster_event for r in started]
            pids = [e.event_specific_data.metadata["pid"].value for e in said if e and e.step_key == step]
            return int(pids[-1]) if parts and pids else None

        return int(self.until(pid))

    def ended(self) -> dg.DagsterRun:
        """The run, when its process has ended."""
        self.process.wait()
        with self.mpr.inside(), open_instance(Home()) as instance:
            return instance.get_runs(limit=1)[0]

    def nodes(self) -> dict[str, str]:
        """Stage -> the id of the node that the run made."""
        with self.mpr.inside(), open_instance(Home()) as instance:
            return nodes_of_run(instance, instance.get_run_ids(limit=1)[0])

    def messages(self, run: dg.DagsterRun, step: str) -> str:
        """What Dagster's log says of a step."""
        with self.mpr.inside(), open_instance(Home()) as instance:
            records = instance.get_records_for_run(run.run_id, limit=5000).records
        lines = [r.event_log_entry for r in records]
        return "\n".join(line.message for line in lines if line.step_key == step)


SECRET = "gsk-not-to-be-seen-anywhere"


def placed(cluster: str, run: dg.DagsterRun) -> dict[str, list[str]]:
    """Step -> the Ray nodes on which its jobs ran; and nothing that Ray tells of them is a secret."""
    from ray.job_submission import JobSubmissionClient

    found: dict[str, list[str]] = {}
    for job in JobSubmissionClient(cluster).list_jobs():
        assert SECRET not in str(job)
        if job.metadata and job.metadata.get("dagster/run-id") == run.run_id:
            found.setdefault(job.metadata["dagster/op"], []).append(str(job.driver_node_id))
    return found


def gpu_node(cluster: str) -> str:
    """The node that declares a GPU."""
    import urllib.request

    with urllib.request.urlopen(f"{cluster}/api/v0/nodes?detail=1") as answer:
        nodes = json.load(answer)["data"]["result"]["result"]
    (node,) = (node["node_id"] for node in nodes if node["resources_total"].get("GPU"))
    return str(node)


@pytest.fixture
def home(prepared: CommandLine, tmp_path: Path) -> CommandLine:
    shutil.copytree(prepared.home, tmp_path / "home")
    return CommandLine(tmp_path / "home")


def test_gpu_steps_land_on_the_node_with_the_gpu_and_one_that_is_killed_loses_at_most_a_segment(
    home: CommandLine, cluster: str, prepared: CommandLine, tmp_path: Path
) -> None:
    run = Run(home, cluster, tmp_path / "run.txt")
    os.kill(run.step_process("detect_objects"), signal.SIGKILL)
    ended = run.ended()
    assert ended.status is dg.DagsterRunStatus.SUCCESS, (tmp_path / "run.txt").read_text()[-4000:]

    nodes, gpu = placed(cluster, ended), gpu_node(cluster)
    assert sorted(nodes) == sorted(STEPS)
    assert [set(nodes[step]) for step in ON_GPU] == [{gpu}, {gpu}]
    assert [len(nodes[step]) for step in STEPS] == [2, 1, 1, 1], "the killed one has run twice"

    found = run.nodes()
    with home.inside():
        node = Catalog(Home().media_out()).node(TIMELINE, "detect_objects", found["detect_objects"])
    assert node is not None
    made = node.provenance
    assert made.parts_computed + made.parts_reused == SEGMENTS
    assert made.parts_reused >= 1, "what it had finished was kept"
    assert "of 12 parts reused" in run.messages(ended, "detect_objects"), "its log has come back"

    # Another place, the same parts.
    here = CommandLine(tmp_path / "here")
    shutil.copytree(prepared.home, here.home)
    here.done("run", TIMELINE, "--stages", ",".join(STEPS))
    with here.inside(), open_instance(Home()) as instance:
        assert found == nodes_of_run(instance, instance.get_run_ids(limit=1)[0])


def test_a_run_that_is_ended_ends_its_step_on_the_cluster(home: CommandLine, cluster: str, tmp_path: Path) -> None:
    run = Run(home, cluster, tmp_path / "run.txt")
    step = run.step_process("detect_objects")
    with (
        home.inside(),
        open_instance(Home()) as instance,
    ):  # what Terminate does: it says so, then signals the run's process
        instance.report_run_canceling(instance.get_runs(limit=1)[0])
    run.process.terminate()
    ended = run.ended()
    assert ended.status is dg.DagsterRunStatus.CANCELED
    while Path(f"/proc/{step}").exists():
        time.sleep(0.2)
    assert list(placed(cluster, ended)) == ["detect_objects"]
    home.done("run", TIMELINE)
