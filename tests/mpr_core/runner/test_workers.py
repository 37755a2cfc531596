"""Parts computed by several processes are the parts one process computes, whatever becomes of the helpers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mpr_core.errors import PartMissing, RunStopped
from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.node import Node
from mpr_core.runner.control import Border, Gate, no_gate
from mpr_core.runner.events import Event
from mpr_core.runner.missing_parts import LEAST_SHARED
from mpr_core.runner.request import PartTask, StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.runner.worker import Answer
from mpr_core.runner.workers import Workers
from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.sign_film import BRANDS, Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import Pipeline

BEFORE = STAGE_NAMES[: STAGE_NAMES.index("match_brands")]
SPARSE = {"extract_frames": {"segment_s": 2, "fps": "0.5"}}


class Watched(Workers):
    """Workers that keep what they answered."""

    def __init__(self, count: int, after_handing_out: Callable[[Watched], None] = lambda _workers: None) -> None:
        super().__init__(count)
        self.answered: list[Answer] = []
        self.after_handing_out = after_handing_out

    def hand_out(self, tasks: deque[PartTask]) -> None:
        super().hand_out(tasks)
        self.after_handing_out(self)

    def answers(self, wait: bool) -> list[Answer]:
        # Always waits: these parts are so small that the run itself could be done before a worker has started.
        found = super().answers(wait=True)
        self.answered += found
        return found

    @property
    def made(self) -> list[Answer]:
        return [answer for answer in self.answered if answer.part is not None]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, models: InProcess) -> Path:
    """A folder with a timeline of more segments than `LEAST_SHARED`, everything up to run_ocr done."""
    folder = tmp_path_factory.mktemp("read")
    names = ("VANTELO", "Oltessa", "TAVIKKO")
    shots = tuple(Shot(Fraction(2), (Sign(names[i % 3], (30 + i, 50), 22),), place=i, pan_px=6) for i in range(18))
    film = draw_film(folder / "film.mp4", shots, size_px=(320, 180))
    one = Pipeline(folder, models)
    one.ingest("match", [film], BRANDS)
    nodes = one.run("match", SPARSE, stages=BEFORE)
    assert len(nodes["run_ocr"].parts) > LEAST_SHARED
    return folder


@pytest.fixture
def one(read: Path, tmp_path: Path, models: InProcess) -> Pipeline:
    shutil.copytree(read, tmp_path, dirs_exist_ok=True)
    return Pipeline(tmp_path, models)


def match(one: Pipeline, workers: Workers | None, events: list[Event] | None = None, gate: Gate = no_gate) -> Node:
    request = match_request(one)
    services = replace(one.services(), workers=workers, keep_sessions=False)
    return run_stage(request, services, [].append if events is None else events.append, gate)


def match_request(one: Pipeline) -> StageRequest:
    timeline = one.catalog.timeline("match")
    nodes = {node.stage: node for node in one.catalog.nodes("match")}
    config = one.config("match_brands", timeline)
    return StageRequest(timeline, "match_brands", config, nodes, "generic")


def stored(one: Pipeline) -> dict[str, bytes]:
    return {key: one.media_out.get(key) for key, _ in one.media_out.keys("parts/match_brands")}


def told(events: list[Event]) -> list[dict[str, Any]]:
    """What was said of the segments, but for when and in what order."""
    found = [event.model_dump(exclude={"at"}) for event in events if event.kind == "detections"]
    return sorted(found, key=lambda event: event["found"]["index"])


def test_parts_and_events_are_those_of_one_process(one: Pipeline, read: Path, tmp_path: Path) -> None:
    alone, shared = list[Event](), list[Event]()
    workers = Watched(2)
    node = match(one, workers, shared)
    assert len(workers.made) > 2
    assert {answer.task.index for answer in workers.made} < set(range(len(node.parts))), "the run works too"
    other = Pipeline(tmp_path / "other", one.models)
    shutil.copytree(read, other.folder or read, dirs_exist_ok=True)
    assert match(other, None, alone).id == node.id
    assert stored(one) == stored(other)
    assert node.counts["decided_tracks"] > 2
    assert told(shared) == told(alone)
    assert (node.provenance.parts_computed, node.provenance.parts_reused) == (len(node.parts), 0)
    assert not workers.processes, "they end with the stage"


def test_what_a_killed_worker_had_in_hand_is_computed_by_the_run(one: Pipeline) -> None:
    def kill(workers: Watched) -> None:
        for process in workers.processes:
            os.kill(process, signal.SIGKILL)

    workers = Watched(1, kill)
    node = match(one, workers)
    assert node.provenance.parts_computed == len(node.parts)
    assert [answer for answer in workers.answered if answer.part is None], "something was in its hands"


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("dead", [True, False], ids=["died", "cannot be told"])
def test_a_worker_that_takes_no_orders_gives_its_tasks_back(dead: bool) -> None:
    workers, task = Workers(1), PartTask(0, "recipe", None, {})
    workers.start()
    if dead:
        (process,) = workers.processes
        os.kill(process, signal.SIGKILL)
        while lives(process):
            time.sleep(0.01)
    workers.hand_out(deque([task]) if dead else deque([replace(task, parents={"unpicklable": lambda: None})]))
    (answer,) = workers.answers(wait=True)
    assert (answer.task.recipe, answer.part) == ("recipe", None)
    assert not workers.busy
    workers.hand_out(waiting := deque([task]))
    assert waiting, "nothing more is given to it"
    workers.close()


def test_what_a_stage_refuses_is_said_by_the_run(one: Pipeline) -> None:
    last = match_request(one).parents["run_ocr"].parts[-1].recipe
    one.media_out.delete([keys.part_manifest("run_ocr", last)])
    with pytest.raises(PartMissing, match=last):
        match(one, Watched(1))


def test_leaving_a_run_lets_its_workers_go(one: Pipeline) -> None:
    def leave(border: Border) -> None:
        if border.segments_done:
            raise RunStopped("left", where=str(border))

    workers = Watched(1)
    with pytest.raises(RunStopped):
        match(one, workers, gate=leave)
    assert workers.answered
    assert not workers.processes
    assert match(one, None).provenance.parts_reused >= len(workers.made)


def test_few_parts_and_stores_in_memory_start_no_process(one: Pipeline, pipeline: Callable[..., Pipeline]) -> None:
    workers = Watched(1)
    match(one, None)
    for part in match(one, None).parts[:3]:
        one.media_out.delete([keys.part_manifest("match_brands", part.recipe)])
    assert match(one, workers).provenance.parts_computed == 3
    assert not workers.answered
    in_memory = pipeline()
    for root in ("in", "out"):
        copy(ObjectStore(str(one.folder) + f"/{root}"), in_memory.media_in if root == "in" else in_memory.media_out)
    in_memory.media_out.delete([key for key, _ in in_memory.media_out.keys("parts/match_brands")])
    assert match(in_memory, workers).provenance.parts_computed > LEAST_SHARED
    assert not workers.answered


def copy(source: ObjectStore, target: ObjectStore) -> None:
    for kind in ("parts", "timelines", "chunks"):
        for key, _ in source.keys(kind):
            target.put(key, source.get(key))


def test_a_worker_ends_when_its_run_is_killed() -> None:
    program = (
        "import sys\nfrom mpr_core.runner.workers import Workers\n"
        "workers = Workers(1)\nworkers.start()\nprint(workers.processes[0], flush=True)\nsys.stdin.read()"
    )
    run = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    worker = int(run.stdout.readline())
    os.kill(worker, 0)
    run.kill()
    run.communicate()
    for _ in range(600):
        if not lives(worker):
            break
        time.sleep(0.1)
    assert not lives(worker)


def lives(process: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
