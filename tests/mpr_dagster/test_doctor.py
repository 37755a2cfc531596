"""`mpr doctor` as a whole: what it finds in a home, what it says, how it exits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from mpr_core.wire.health import Ready
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_core.doctor.json_server import served
from tests.mpr_dagster.command_line import CommandLine, Said

TEAM = Path(__file__).parents[2] / "deployments" / "instance"
SECRET = "sk-2f0f4a6c9d3b"


def checks(said: Said) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in said.json["checks"]}


def test_a_new_home_has_no_failure_and_misses_only_a_daemon(empty: CommandLine) -> None:
    said = empty.done("doctor", "--json")
    assert said.json["ok"]
    assert [name for name, check in checks(said).items() if check["state"] != "ok"] == ["daemon"]


def test_each_remedy_is_printed_below_the_table(empty: CommandLine) -> None:
    said = empty("doctor", MPR_MEDIA_OUT="ftp://host/out", INFERENCE_URL="http://127.0.0.1:1")
    assert said.code == 2
    assert said.err == ""
    assert "\nMPR_MEDIA_OUT: use one of file, s3" in said.out
    assert "\ninference host: start it" in said.out
    assert said.out.endswith("2 failures, 1 warning\n")


def test_hosts_that_answer_and_keys_that_are_set_are_well(empty: CommandLine) -> None:
    answers = {
        "/v2/health/ready": (200, Ready().model_dump_json()),
        "/v1/models": (200, '{"data": [{"id": "llava"}]}'),
    }
    with served(answers) as server:
        said = empty.done(
            "doctor",
            "--json",
            INFERENCE_URL=server.url,
            INFERENCE_TOKEN=SECRET,
            VLM_URL=f"{server.url}/v1",
            VLM_MODEL="llava",
            VLM_API_KEY=SECRET,
            GEMINI_API_KEY=SECRET,
        )
        assert server.shown == [f"Bearer {SECRET}"] * 2
    found = checks(said)
    assert {found[name]["state"] for name in ("inference host", "VLM", "cloud")} == {"ok"}
    assert found["cloud"]["found"] == "keys for gemini, not tried"
    assert SECRET not in said.out + said.err


def test_what_is_switched_off_is_not_asked(empty: CommandLine) -> None:
    found = checks(empty.done("doctor", "--json", SKIP_VLM="1", SKIP_CLOUD="1", VLM_URL="http://127.0.0.1:1/v1"))
    assert found["VLM"]["found"] == "switched off by SKIP_VLM"
    assert found["cloud"]["found"] == "switched off by SKIP_CLOUD"


def test_what_runs_with_nobody_there_is_looked_at_before(empty: CommandLine, tmp_path: Path) -> None:
    wrong = {
        "MPR_WATCH": "incoming",
        "MPR_WATCH_PROFILE": "genric",
        "MPR_FAILURE_WEBHOOK": f"hooks.example.com/{SECRET}",
        "MPR_PRICES": str(tmp_path / "missing.yaml"),
    }
    said = empty("doctor", "--json", **wrong)
    found = checks(said)
    assert said.code == 2
    assert {found[name]["state"] for name in ("watching", "webhook", "cloud")} == {"failure"}
    assert found["watching"]["found"] == "no such profile: genric (did you mean generic?)"
    assert found["webhook"]["found"] == "MPR_FAILURE_WEBHOOK is no http or https URL"
    assert SECRET not in said.out + said.err
    right = empty.done(
        "doctor", "--json", MPR_WATCH="a,b/", MPR_WATCH_PROFILE="fast", MPR_FAILURE_WEBHOOK=f"https://host/{SECRET}"
    )
    assert checks(right)["watching"]["found"] == "a, b, new timelines with profile fast"
    assert checks(right)["webhook"]["found"] == "is set, not tried"
    assert SECRET not in right.out + right.err
    assert checks(empty.done("doctor", "--json", MPR_WATCH="a,chunks"))["watching"]["state"] == "warning"


def test_the_variables_of_a_teams_instance_that_are_not_set_are_named(empty: CommandLine) -> None:
    said = empty("doctor", "--json", DAGSTER_HOME=str(TEAM), DAGSTER_PG_HOST="db", DAGSTER_PG_PASSWORD=SECRET)
    found = checks(said)
    assert said.code == 2
    named = "DAGSTER_PG_DB, DAGSTER_PG_PORT, DAGSTER_PG_USERNAME, MPR_COMPUTE_LOGS_BUCKET"
    assert found["secrets"]["found"] == f"{TEAM / 'dagster.yaml'} reads {named}, which are not set"
    assert found["instance"]["state"] == "failure"
    assert SECRET not in said.out


def test_an_instance_folder_without_a_configuration_is_pointed_at(empty: CommandLine, tmp_path: Path) -> None:
    found = checks(empty("doctor", "--json", DAGSTER_HOME=str(tmp_path / "mistyped")))
    assert found["DAGSTER_HOME"]["state"] == "warning"
    assert f"{tmp_path}/mistyped has no dagster.yaml" in found["DAGSTER_HOME"]["found"]
    own = checks(empty("doctor", "--json", DAGSTER_HOME=str(empty.home / "dagster")))
    assert "DAGSTER_HOME" not in own


def test_a_queue_without_a_daemon_is_a_failure(empty: CommandLine) -> None:
    with empty.inside(), open_instance(Home()) as instance:
        origin = RemoteJobOrigin(
            RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("mpr"), "__repository__"), "detect__generic"
        )
        waiting = dg.DagsterRun(job_name="detect__generic", status=dg.DagsterRunStatus.QUEUED, remote_job_origin=origin)
        instance.add_run(waiting)
    said = empty("doctor", "--json")
    assert said.code == 2
    assert "1 run in the queue will not start" in checks(said)["daemon"]["found"]
