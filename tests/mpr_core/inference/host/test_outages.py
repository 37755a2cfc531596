"""What a run says and does when its host is away, refuses, or is not what it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from mpr_core.errors import (
    ConfigError,
    InferenceChanged,
    InferenceFailed,
    InferenceRefused,
    InferenceUnavailable,
    ModelMissing,
    MprError,
    RunStopped,
)
from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.model_files import TEXT_RECOGNISER
from mpr_core.lineage.node import Node
from mpr_core.runner.control import Border
from mpr_core.runner.events import Event
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.wire import routes
from mpr_core.wire.detect import DetectResponse
from mpr_core.wire.envelope import mpr_version
from mpr_core.wire.ocr import OcrResponse, OcrResult
from tests.free_port import free_port
from tests.mpr_core.inference.host.stand_in_host import Reply, StandInHost, refusal
from tests.mpr_core.whole_pipeline import Pipeline

SEGMENTS = 2
UP_TO_CROPS = ("extract_frames", "filter_scenes", "field_segmentation", "detect_edges", "detect_objects", "preprocess")


@pytest.fixture(scope="module")
def cropped(models: InProcess, short_film: Path) -> tuple[Pipeline, dict[str, Node]]:
    """A film up to its crops, in segments of 2 s."""
    pipe = Pipeline(None, models)
    pipe.ingest("film", [short_film])
    return pipe, pipe.run("film", {"extract_frames": {"segment_s": 2}}, stages=UP_TO_CROPS)


Read = Callable[..., Node]


@pytest.fixture
def read(cropped: tuple[Pipeline, dict[str, Node]], host: StandInHost) -> Read:
    """run_ocr of the film, asked of the host; a threshold of its own makes every test compute it."""
    pipe, nodes = cropped
    timeline = pipe.catalog.timeline("film")

    def run(
        events: Callable[[Event], None] = lambda _event: None,
        gate: Callable[[Border], None] = lambda _border: None,
        in_process_after_s: float | None = None,
        **access: object,
    ) -> Node:
        own = {"url": host.url, "patience_s": 1.0} | access
        config = pipe.config("run_ocr", timeline).model_copy(update={"min_score": next(_SCORES)})
        services = replace(pipe.services(), inference=HostInference(HostAccess(**own)))  # type: ignore[arg-type]
        parents = {"preprocess": nodes["preprocess"]}
        request = StageRequest(timeline, "run_ocr", config, parents, "generic", in_process_after_s=in_process_after_s)
        return run_stage(request, services, events, gate)

    return run


_SCORES = count(0.5, 0.001)


def other_version() -> bytes:
    return OcrResponse(version="0.0.9", request_id="r", results=()).model_dump_json().encode()


def wrong_pictures() -> bytes:
    return OcrResponse(request_id="r", results=(OcrResult(id="another"),)).model_dump_json().encode()


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (refusal("unauthorised"), InferenceRefused, "does not take the token"),
        (Reply(401), InferenceRefused, "does not take the token"),
        (
            refusal("version_mismatch", "MPR and the host are of different versions"),
            InferenceRefused,
            "different versions",
        ),
        (refusal("model_mismatch"), InferenceChanged, "models have changed"),
        (refusal("model_missing", "no such weights"), ModelMissing, "no such weights"),
        (refusal("too_large", "the request is too large"), InferenceRefused, "too large"),
        (refusal("bad_image", "not a JPEG"), InferenceRefused, "not a JPEG"),
        (refusal("internal", "something broke"), InferenceFailed, "something broke"),
        (Reply(500, b"<html>"), InferenceFailed, "the inference host failed"),
        (Reply(418, b"tea"), InferenceRefused, "answers 418"),
        (Reply(307, b"", {"Location": "http://127.0.0.1:9/"}), InferenceRefused, "answers 307"),
        (Reply(200, b"<html>hello"), InferenceRefused, "this is no inference host"),
        (Reply(200, b"{}"), InferenceRefused, "this is no inference host"),
        (Reply(200, other_version()), InferenceRefused, f"MPR is {mpr_version()}, the host is 0.0.9"),
        (
            Reply(200, DetectResponse(request_id="r", results=()).model_dump_json().encode()),
            InferenceFailed,
            "other pictures",
        ),
        (Reply(200, wrong_pictures()), InferenceFailed, "other pictures"),
        (
            Reply(200, b'{"format": "mpr.wire/1", "version": "%s"}' % mpr_version().encode()),
            InferenceFailed,
            "does not fit",
        ),
    ],
)
def test_an_answer_that_no_repetition_helps_ends_the_stage_with_its_message(
    reply: Reply, error: type[MprError], said: str, host: StandInHost, read: Read
) -> None:
    asked: list[str] = []

    def misbehave(path: str, _number: int) -> Reply | None:
        asked.append(path)
        return reply if path == routes.OCR else None

    host.misbehave = misbehave
    with pytest.raises(error, match=said) as raised:
        read()
    assert type(raised.value) is error
    assert raised.value.remedy
    assert asked.count(routes.OCR) <= SEGMENTS, "it was asked again"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(None), "does not answer"),
        (Reply(502), "502: bad gateway"),
        (Reply(504), "504: gateway timeout"),
        (refusal("not_ready", "loading"), "503: loading"),
        (refusal("overloaded", "too many requests", Retry_After="0"), "is overloaded"),
    ],
)
def test_what_may_pass_is_waited_for_and_then_a_transient_error(
    reply: Reply, said: str, host: StandInHost, read: Read
) -> None:
    host.misbehave = lambda path, _number: reply if path == routes.OCR else None
    with pytest.raises(InferenceUnavailable, match=said) as raised:
        read()
    assert raised.value.transient
    assert "waited for 1 s" in raised.value.why


def test_an_address_with_a_path_too_much_is_told_as_such(host: StandInHost, read: Read) -> None:
    host.misbehave = lambda _path, _number: refusal("not_found", "no such path")
    with pytest.raises(InferenceRefused, match="no such path") as raised:
        read()
    assert "INFERENCE_URL" in raised.value.remedy


def test_a_host_that_was_never_there_is_waited_for_too(read: Read) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(InferenceUnavailable, match="connection refused") as raised:
        read(url=url)
    assert raised.value.where == url


def test_an_answer_that_does_not_come_is_a_host_that_is_away(host: StandInHost, read: Read) -> None:
    enough = threading.Event()

    def hang(path: str, _number: int) -> None:
        if path == routes.OCR:
            enough.wait(5)

    host.misbehave = hang
    with pytest.raises(InferenceUnavailable, match="no answer in time"):
        read(answer_s=0.3)
    enough.set()


def test_the_run_hears_of_an_outage_and_of_its_end(host: StandInHost, read: Read) -> None:
    heard: list[Event] = []
    host.misbehave = lambda _path, _number: Reply(None)

    def listen(event: Event) -> None:
        heard.append(event)
        if event.level == "warning":
            host.misbehave = lambda _path, _number: None

    read(events=listen, patience_s=60)
    told = [(event.level, event.message) for event in heard if event.kind == "log"]
    assert [level for level, _ in told] == ["warning", "info"]
    assert "does not answer since" in told[0][1]
    assert host.url in told[0][1]
    assert "start the host, or stop the run" in told[0][1]
    assert "is back after" in told[1][1]


def test_the_run_hears_of_requests_that_a_ready_host_never_finishes_and_they_are_not_hurried(
    host: StandInHost, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mpr_core.inference.host.waiting._TOLD_AFTER_S", 0.5)
    heard: list[Event] = []
    tries: list[str] = []

    def too_slow(path: str, _number: int) -> Reply | None:
        tries.append(path)
        return refusal("timeout", "the host did not finish the request in time") if path == routes.OCR else None

    def listen(event: Event) -> None:
        heard.append(event)
        if event.level == "warning":
            host.misbehave = lambda _path, _number: None

    host.misbehave = too_slow
    read(events=listen, patience_s=60)
    told = [(event.level, event.message) for event in heard if event.kind == "log"]
    assert [level for level, _ in told] == ["warning", "info"]
    assert "504: the host did not finish the request in time" in told[0][1]
    assert tries.count(routes.OCR) < 40, "it was asked again without a break"


def test_a_run_that_waits_for_its_host_can_be_stopped(host: StandInHost, read: Read) -> None:
    host.misbehave = lambda path, _number: Reply(None) if path == routes.OCR else None
    borders: list[Border] = []

    def stop(border: Border) -> None:
        borders.append(border)
        if len(borders) > 5:
            raise RunStopped("stopped", where=str(border))

    with pytest.raises(RunStopped):
        read(gate=stop, patience_s=600)


def test_a_profile_may_have_the_stage_done_here_instead(host: StandInHost, read: Read) -> None:
    heard: list[Event] = []
    host.misbehave = lambda path, _number: Reply(None) if path == routes.OCR else None
    node = read(events=heard.append, in_process_after_s=0.5, patience_s=600)
    assert node.status == "done"
    assert [event.message for event in heard if "done in-process" in event.message]
    assert "stage_failed" not in [event.kind for event in heard]


def test_a_stage_whose_host_had_other_models_is_computed_anew_here(host: StandInHost, read: Read) -> None:
    """Half by the host under its models' names: that half belongs to no node of ours."""
    host.digests[TEXT_RECOGNISER.name] = "sha256:0 cuda f16"
    host.misbehave = _after_one_answer()
    node = read(in_process_after_s=0.5)
    assert "cuda" not in node.models[TEXT_RECOGNISER.name]
    assert node.provenance.parts_computed == len(node.parts)


def _after_one_answer() -> Callable[[str, int], Reply | None]:
    readings = iter(range(1000))
    return lambda path, _number: Reply(None) if path == routes.OCR and next(readings) > 0 else None


def test_models_that_change_while_a_stage_runs_end_it(host: StandInHost, read: Read) -> None:
    def other_models(path: str, _number: int) -> None:
        if path == routes.OCR:
            host.digests[TEXT_RECOGNISER.name] = "sha256:1 another"

    host.misbehave = other_models
    with pytest.raises(InferenceChanged, match="run again"):
        read()


def test_the_hosts_digest_names_the_parts(host: StandInHost, read: Read) -> None:
    host.digests[TEXT_RECOGNISER.name] = "sha256:0 cuda f16"
    assert read().models == {TEXT_RECOGNISER.name: "sha256:0 cuda f16"}


def test_the_token_is_shown_with_every_request_and_said_nowhere(host: StandInHost, read: Read) -> None:
    heard: list[Event] = []
    read(token=SecretStr("t0ken"), events=heard.append)
    assert host.shown == {"Bearer t0ken"}
    host.misbehave = lambda _path, _number: Reply(None)
    with pytest.raises(InferenceUnavailable) as raised:
        read(token=SecretStr("t0ken"), events=heard.append)
    assert "t0ken" not in str(raised.value) + "".join(event.model_dump_json() for event in heard)


def test_a_token_from_a_file_is_taken_without_its_line_break() -> None:
    assert HostAccess("http://gpu:8000", SecretStr("t0ken-of-the-tests\n")).token == SecretStr("t0ken-of-the-tests")


@pytest.mark.parametrize("token", ["t0ken\nof-the-tests", "t0ken of-the-tests", "t\u014dken-of-the-tests"])
def test_a_token_that_no_header_takes_is_refused_in_words_that_do_not_show_it(token: str) -> None:
    with pytest.raises(ConfigError) as refused:
        HostAccess("http://gpu:8000", SecretStr(token))
    assert "INFERENCE_TOKEN" in str(refused.value)
    assert "of-the-tests" not in str(refused.value)
