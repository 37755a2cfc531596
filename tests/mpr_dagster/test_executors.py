"""Where steps of queued runs are executed: which ask for a GPU, what goes along with them, and what is started again."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.errors import ConfigError
from mpr_core.stages.registry import STAGES
from mpr_dagster.definitions import all_definitions
from mpr_dagster.executors import lost_step_policy, step_executor, step_tags, step_variables
from mpr_dagster.home import Home
from mpr_dagster.settings import Settings
from tests.mpr_dagster.command_line import CommandLine

ON_GPU = {"detect_objects", "run_ocr", "escalate_vlm"}


def test_only_the_stages_that_infer_ask_for_a_gpu() -> None:
    asking = {name: step_tags(stage) for name, stage in STAGES.items() if step_tags(stage)}
    assert set(asking) == ON_GPU
    for tags in asking.values():
        assert json.loads(tags["dagster-ray/config"]) == {"num_gpus": 1}
        pod = json.loads(tags["dagster-k8s/config"])
        assert pod["container_config"]["resources"]["limits"] == {"nvidia.com/gpu": "1"}
        assert pod["pod_spec_config"]["node_selector"] == {"nvidia.com/gpu.present": "true"}


def test_the_tags_are_such_as_dagster_k8s_takes() -> None:
    from dagster_k8s.job import get_user_defined_k8s_config

    found = get_user_defined_k8s_config(step_tags(STAGES["run_ocr"]))
    assert found.container_config["resources"]["limits"] == {"nvidia.com/gpu": "1"}


def test_queued_runs_stay_in_one_process_unless_told_otherwise(empty: CommandLine) -> None:
    with empty.inside():
        job = all_definitions(Home()).resolve_job_def("detect__generic")
    assert job.executor_def.name == "in_process"
    assert job.graph.node_named("run_ocr").definition.retry_policy is None
    assert set(job.graph.node_named("run_ocr").definition.tags) >= {"dagster-ray/config", "dagster-k8s/config"}


def test_a_step_that_is_a_pod_is_started_again_when_it_is_lost_but_goes_by_no_policy_itself(empty: CommandLine) -> None:
    with empty.inside(MPR_EXECUTOR="k8s"):
        settings = Home().settings
        job = all_definitions(Home()).resolve_job_def("detect__generic")
        assert step_executor(settings).name == job.executor_def.name == "k8s"
        policy = lost_step_policy(settings)
        assert isinstance(policy, dg.RetryPolicy)
        assert {node.definition.retry_policy for node in job.graph.nodes} == {policy}
    with empty.inside(MPR_EXECUTOR="k8s", DAGSTER_RUN_STEP_KEY="run_ocr"):
        assert lost_step_policy(settings) is None


def test_neither_secrets_nor_paths_go_along_with_a_step(empty: CommandLine, tmp_path: Path) -> None:
    secret = "not-to-be-seen"
    given = {
        "MPR_MEDIA_IN": "s3://in",
        "MPR_MEDIA_OUT": "s3://out",
        "AWS_REGION": "eu-central-1",
        "AWS_CA_BUNDLE": str(tmp_path),
        "SKIP_CLOUD": "1",
        "INFERENCE_URL": "http://host:8000",
    }
    secrets = ("AWS_SECRET_ACCESS_KEY", "INFERENCE_TOKEN", "GROQ_API_KEY", "GOOGLE_API_KEY", "MPR_FAILURE_WEBHOOK")
    with_login = {"VLM_URL": f"http://me:{secret}@host:8000/v1"}
    with empty.inside(**given, **with_login, **dict.fromkeys(secrets, secret)):
        said = step_variables(Settings())
    assert secret not in str(said)
    assert set(said) >= {f"{name}={given[name]}" for name in given if name != "AWS_CA_BUNDLE"}
    assert not any(line.startswith(("MPR_HOME", "AWS_CA_BUNDLE")) for line in said)


def test_a_home_with_the_roots_in_it_goes_along(empty: CommandLine) -> None:
    with empty.inside():
        assert f"MPR_HOME={empty.home}" in step_variables(Settings())


def test_an_executor_whose_package_is_missing_says_how_to_get_it(
    empty: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mpr_dagster.executors.find_spec", lambda _name: None)
    with empty.inside(MPR_EXECUTOR="ray"), pytest.raises(ConfigError, match="dagster-ray is not installed"):
        step_executor(Settings())
    said = empty("doctor", "--json", MPR_EXECUTOR="ray")
    (found,) = (entry for entry in said.json["checks"] if entry["name"] == "executor")
    assert found["state"] == "failure"
    assert "uv sync --extra ray" in found["remedy"]


def test_an_unknown_executor_is_refused(empty: CommandLine) -> None:
    said = empty("timelines", MPR_EXECUTOR="cloud")
    assert said.code == 2
    assert "MPR_EXECUTOR" in said.err
