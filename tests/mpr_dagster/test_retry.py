"""`mpr retry`: a run that failed goes on where it stopped."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.retry import prepare_retry
from mpr_dagster.run_tags import ASKS_TAG, replay_tags
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE
from tests.mpr_dagster.test_replay import heads, node, nodes

NO_WEIGHTS = ("--set", "detect_objects.yolo_weights=/nowhere/logos.onnx")
MENDED = ("--set", "detect_objects.yolo_weights=")


def latest_run(mpr: CommandLine) -> dg.DagsterRun:
    with mpr.inside(), open_instance(Home()) as instance:
        return instance.get_runs(limit=1)[0]


@pytest.fixture
def failed(ingested: CommandLine) -> CommandLine:
    """A home whose only run failed at detect_objects, for weights that are not there."""
    assert ingested("run", TIMELINE, *NO_WEIGHTS).code != 0
    assert latest_run(ingested).status is dg.DagsterRunStatus.FAILURE
    return ingested


def test_a_retry_runs_what_is_left_pinned_to_what_was_done(failed: CommandLine) -> None:
    run = latest_run(failed)
    outcome = failed.done("retry", run.run_id[:8], *MENDED, "--json").json
    assert outcome["run_type"] == "retry"
    assert next(iter(nodes(outcome))) == "detect_objects"
    assert list(outcome["pins"]) == ["detect_edges"]  # what it rests on comes with it
    edges = node(failed, "detect_edges", outcome["pins"]["detect_edges"])
    assert heads(failed) == edges.ancestors | outcome["pins"] | nodes(outcome)
    assert node(failed, "run_ocr", nodes(outcome)["run_ocr"]).provenance.run_type == "retry"
    retried = latest_run(failed)
    assert retried.tags["dagster/parent_run_id"] == retried.tags["dagster/root_run_id"] == run.run_id


@pytest.mark.parametrize("asks", [True, False])
def test_a_retry_asks_models_where_its_run_did(failed: CommandLine, asks: bool) -> None:
    """Accepting a name asks nobody; nor does what is left of it, after it was cut off."""
    run = latest_run(failed)
    with failed.inside():
        with open_instance(Home()) as instance:
            instance.add_run_tags(run.run_id, replay_tags({}, promote=True, label=None, asks=asks))
        retry = prepare_retry(Home(), run.run_id, ["detect_objects.yolo_weights="])
    assert (retry.tags.get(ASKS_TAG) is None) == asks


def test_a_retry_gives_the_report_of_an_undisturbed_run(failed: CommandLine, ran: CommandLine) -> None:
    failed.done("retry", latest_run(failed).run_id, *MENDED)
    assert heads(failed) == heads(ran)
    assert failed.done("report", TIMELINE, "--json").out == ran.done("report", TIMELINE, "--json").out


def test_a_retry_that_fails_again_can_be_retried(failed: CommandLine) -> None:
    again = failed("retry", latest_run(failed).run_id[:8], "--json")
    assert again.code != 0
    assert "logos.onnx" in json.loads(again.out)["error"]["where"] + json.loads(again.out)["error"]["why"]
    failed.done("retry", latest_run(failed).run_id[:8], *MENDED)
    assert "compile_report" in heads(failed)


def test_a_knob_of_a_finished_stage_runs_it_and_the_rest_again(failed: CommandLine) -> None:
    outcome = failed.done(
        "retry", latest_run(failed).run_id[:8], *MENDED, "--set", "filter_scenes.drop_blank=false", "--json"
    ).json
    assert next(iter(nodes(outcome))) == "filter_scenes"
    assert list(outcome["pins"]) == ["extract_frames"]
    assert node(failed, "filter_scenes", nodes(outcome)["filter_scenes"]).config["drop_blank"] is False


def test_a_replay_that_failed_is_retried_beside_the_heads(copied: CommandLine) -> None:
    before = heads(copied)
    assert copied("replay", TIMELINE, "--stage", "detect_objects", *NO_WEIGHTS, "--label", "logos").code != 0
    outcome = copied.done(
        *("retry", latest_run(copied).run_id[:8], *MENDED, "--set", "detect_objects.box_score=0.7", "--json")
    ).json
    assert heads(copied) == before
    assert nodes(outcome)["detect_objects"] != before["detect_objects"]
    labelled = copied.done("report", TIMELINE, "--node", "logos", "--json").json
    assert {s["name"]: s["config_changes"] for s in labelled["stages"]}["detect_objects"] == {"box_score": 0.7}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("0000",), "no such run"),
        (("xyz",), "a run's id has digits"),
    ],
)
def test_a_run_that_is_not_there_is_refused(ran: CommandLine, words: tuple[str, ...], said: str) -> None:
    refused = ran("retry", *words)
    assert refused.code == 2
    assert said in refused.err
    assert "the latest runs are" in refused.err


def test_a_run_that_succeeded_is_not_retried(ran: CommandLine) -> None:
    refused = ran("retry", latest_run(ran).run_id[:8])
    assert refused.code == 2
    assert "it succeeded" in refused.err


def test_a_setting_of_a_stage_the_run_was_not_for_is_refused(copied: CommandLine) -> None:
    assert copied("replay", TIMELINE, "--stage", "detect_objects", *NO_WEIGHTS).code != 0
    refused = copied("retry", latest_run(copied).run_id[:8], "--set", "extract_frames.fps=4")
    assert refused.code == 2
    assert "the run is not for that stage" in refused.err
