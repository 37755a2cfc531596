"""The same timeline gives the same parts, whether its inference is done here or by a host, and whatever becomes of the host meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Inference
from mpr_core.wire import routes
from tests.mpr_core.inference.host.stand_in_host import Reply, StandInHost, refusal, standing_in
from tests.mpr_core.whole_pipeline import Pipeline

OVERRIDES = {
    "extract_frames": {"segment_s": 2, "fps": 8},
    "filter_scenes": {"drop_near_duplicates": False},
    "field_segmentation": {"enabled": True, "min_coverage_ratio": 0.05},
    "detect_edges": {"enabled": True},
    "detect_objects": {"hints": "prioritise"},
}
Result = tuple[dict[str, str], dict[str, bytes]]


@pytest.fixture(scope="module")
def host(models: InProcess) -> Iterator[StandInHost]:
    with standing_in(models) as started:
        yield started


@pytest.fixture(autouse=True)
def well_behaved(host: StandInHost) -> None:
    host.misbehave = lambda _path, _number: None
    host.asked.clear()


def ran(film: Path, inference: Inference) -> Result:
    """Node ids by stage, and every part's files."""
    pipe = Pipeline(None, inference)
    pipe.ingest("film", [film], [Brand(canonical_name="Vantelo")])
    nodes = pipe.run("film", OVERRIDES)
    store = pipe.media_out
    return {name: node.id for name, node in nodes.items()}, {key: store.get(key) for key, _ in store.keys("parts")}


@pytest.fixture(scope="module")
def in_process(short_film: Path, models: InProcess) -> Result:
    return ran(short_film, models)


def test_a_host_gives_byte_for_byte_the_parts_of_this_process(
    short_film: Path, host: StandInHost, in_process: Result
) -> None:
    assert ran(short_film, HostInference(HostAccess(host.url))) == in_process
    assert {type(request).__name__ for request in host.asked} == {
        "SegmentFieldRequest",
        "DetectRequest",
        "PreprocessRequest",
        "OcrRequest",
        *(["DetectEdgesRequest"] if _has_field(in_process) else []),
    }


def _has_field(result: Result) -> bool:
    return any("/masks/" in key for key in result[1])


def test_every_frame_is_sent_once_in_batches(short_film: Path, host: StandInHost, in_process: Result) -> None:
    ran(short_film, HostInference(HostAccess(host.url)))
    asked = [len(request.images) for request in host.asked if type(request).__name__ == "DetectRequest"]
    assert sum(asked) == 32
    assert max(asked) == 8


FAULTS: dict[str, Callable[[str, int], Reply | None]] = {
    "every fifth request is cut": lambda _path, number: Reply(None) if number % 5 == 3 else None,
    "every third is told to come again": lambda path, number: (
        refusal("overloaded", Retry_After="0") if path.count("/") == 1 and number % 3 == 1 else None
    ),
    "every fourth meets a proxy without a host": lambda _path, number: (
        Reply(502, b"<html>bad gateway") if number % 4 == 2 else None
    ),
    "every fourth meets a host that drains": lambda path, number: (
        refusal("not_ready") if path.count("/") == 1 and number % 4 == 1 else None
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_that_pass_leave_no_trace(fault: str, short_film: Path, host: StandInHost, in_process: Result) -> None:
    host.misbehave = FAULTS[fault]
    assert ran(short_film, HostInference(HostAccess(host.url, patience_s=30))) == in_process


@pytest.mark.parametrize("path", [routes.SEGMENT_FIELD, routes.DETECT, routes.PREPROCESS, routes.OCR])
def test_a_host_killed_in_the_middle_and_started_again_loses_and_doubles_nothing(
    path: str, short_film: Path, host: StandInHost, in_process: Result
) -> None:
    import threading

    killed = threading.Event()

    def kill_once(asked: str, _number: int) -> Reply | None:
        if asked == path and not killed.is_set():
            killed.set()
            threading.Thread(target=restart).start()
            return Reply(None)
        return None

    def restart() -> None:
        host.stop()
        time.sleep(1)
        host.start()

    host.misbehave = kill_once
    assert ran(short_film, HostInference(HostAccess(host.url, patience_s=30))) == in_process
    assert killed.is_set()
