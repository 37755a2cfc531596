"""`mpr` and Dagster's own processes on the instance of deployments/instance: a real PostgreSQL, also one that goes away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from mpr_core.stages.registry import STAGE_NAMES
from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import PROFILE, TIMELINE
from tests.mpr_dagster.heads import heads
from tests.mpr_dagster.ui_processes import UserInterface
from tests.services.postgres.daemon_instance import daemon_instance, until_paused
from tests.services.postgres.server import PostgresServer

ROOT = Path(__file__).parents[3]
INSTANCE = ROOT / "deployments" / "instance"


@pytest.fixture
def team(ingested: CommandLine, postgres: PostgresServer) -> CommandLine:
    """A home with a timeline that was not run, on the team's instance as it ships."""
    shutil.rmtree(ingested.home / "dagster")
    environment = {**postgres.environment, "DAGSTER_HOME": str(INSTANCE), "MPR_COMPUTE_LOGS_BUCKET": "none"}
    return CommandLine(ingested.home, environment)


def with_outage(mpr: CommandLine, place: str, postgres: PostgresServer, *words: str) -> subprocess.Popen[str]:
    """`mpr` in a process of its own that kills the database at a place."""
    with mpr.inside(PYTHONPATH=os.pathsep.join(sys.path)):
        given = dict(os.environ)
    command = [
        sys.executable,
        "-m",
        "tests.services.postgres.run_with_outage",
        place,
        str(postgres.process.pid),
        *words,
    ]
    return subprocess.Popen(command, env=given, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_runs_replays_and_control_work_on_postgres_and_give_the_same_nodes(
    team: CommandLine, ran: CommandLine, postgres: PostgresServer
) -> None:
    run_id = team.done("run", TIMELINE, "--json").json["run_id"]
    assert heads(team) == heads(ran)
    assert team.done("status", run_id, "--json").json["state"] == "done"
    assert team.done("events", run_id).out.count("stage_finished") == len(STAGE_NAMES)
    team.done("replay", TIMELINE, "--stage", "match_brands", "--set", "match_brands.min_score=90", "--label", "strict")
    team.done("promote", "strict")
    assert heads(team) != heads(ran)
    team.done("clear", run_id)
    assert postgres.count("runs") == 2
    assert postgres.count("asset_keys") == len(STAGE_NAMES)


def test_nothing_of_the_instance_lies_in_files_and_the_password_nowhere(
    team: CommandLine, postgres: PostgresServer
) -> None:
    team.done("run", TIMELINE, "--stages", "extract_frames")
    files = [path for path in team.home.rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix == ".db"] == []
    assert [path for path in files if postgres.password.encode() in path.read_bytes()] == []
    assert {path.name for path in INSTANCE.rglob("*") if path.is_file()} == {"dagster.yaml", "prepare.sh"}


def test_a_run_outlives_a_restart_of_postgres(team: CommandLine, ran: CommandLine, postgres: PostgresServer) -> None:
    with with_outage(team, "run_ocr:1", postgres, "run", TIMELINE) as run:
        postgres.process.wait()
        postgres.start()
        _, err = run.communicate()
    assert run.returncode == 0, err
    assert heads(team) == heads(ran)


def test_a_run_whose_postgres_stays_away_ends_with_three_lines_and_its_rest_is_a_retry(
    team: CommandLine, ran: CommandLine, postgres: PostgresServer
) -> None:
    with with_outage(team, "run_ocr:1", postgres, "run", TIMELINE) as run:
        _, err = run.communicate()
    said = [line for line in err.splitlines() if line.startswith(("mpr:", "  why:", "  do:"))]
    assert run.returncode == 1
    assert said[0] == f"mpr: the Dagster instance's database does not answer: {INSTANCE}"
    assert "refused" in said[1]
    assert "Traceback" not in err
    assert postgres.password not in err
    postgres.start()
    assert team.done("status", "--json").json == []
    with team.inside(), open_instance(Home()) as instance:
        (left,) = instance.get_runs()
        assert left.status is dg.DagsterRunStatus.FAILURE
    outcome = team.done("retry", left.run_id, "--json").json
    assert "run_ocr" in [stage["name"] for stage in outcome["stages"]]
    assert "detect_objects" not in [stage["name"] for stage in outcome["stages"]]
    assert outcome["parts"]["reused"] >= 1
    assert heads(team) == heads(ran)


def test_a_backup_restores_every_run_and_without_one_the_store_still_knows_all_results(
    team: CommandLine, postgres: PostgresServer
) -> None:
    run_id = team.done("run", TIMELINE, "--json").json["run_id"]
    with closing(PostgresServer()) as other:
        moved = CommandLine(team.home, {**team.environment, **other.environment})
        outcome = moved.done("run", TIMELINE, "--json").json
        assert outcome["parts"]["computed"] == 0
        assert heads(moved) == heads(team)
        other.restore(postgres.dump())
        assert moved.done("status", run_id, "--json").json["state"] == "done"
        assert other.count("runs") == postgres.count("runs") == 1


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"DAGSTER_PG_PASSWORD": "of-another-user"}, 2, "password authentication failed"),
        ({"DAGSTER_PG_DB": "nosuch"}, 2, 'database "nosuch" does not exist'),
        ({"DAGSTER_PG_PORT": "1"}, 1, "Connection refused"),
    ],
)
def test_a_database_that_refuses_is_said_in_three_lines(
    team: CommandLine, change: dict[str, str], code: int, said: str
) -> None:
    answer = team("status", **change)
    assert (answer.code, len(answer.err.splitlines())) == (code, 3), answer.err
    assert said in answer.err
    assert "of-another-user" not in answer.err


def test_the_doctor_knows_postgres_a_missing_daemon_and_a_server_that_is_away(
    team: CommandLine, postgres: PostgresServer
) -> None:
    nowhere = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}

    def instance_and_daemon() -> dict[str, tuple[str, str]]:
        said = team("doctor", "--json", **nowhere, MPR_S3_PATIENCE_S="0.2")
        assert said.code == 2
        assert postgres.password not in said.out + said.err
        return {check["name"]: (check["state"], check["found"]) for check in said.json["checks"]}

    there = instance_and_daemon()
    assert there["secrets"][0] == "ok"
    assert there["instance"] == ("ok", f"PostgreSQL, 0 runs, DAGSTER_HOME {INSTANCE}")
    assert there["daemon"][0] == "failure"
    assert there["pools"][0] == "warning"
    assert "gpu" in there["pools"][1]
    assert there["compute logs"][0] == "failure"
    assert "did not answer: s3://none/compute-logs" in there["compute logs"][1]
    postgres.kill()
    away = instance_and_daemon()
    assert away["instance"][0] == "failure"
    assert "does not answer" in away["instance"][1]


def test_a_queued_run_is_finished_although_postgres_is_killed_under_daemon_webserver_and_run(
    ingested: CommandLine, ran: CommandLine, postgres: PostgresServer, tmp_path: Path
) -> None:
    mpr = daemon_instance(ingested, postgres)
    ui = UserInterface(mpr, tmp_path / "ui.log")
    try:
        ui.until_up()
        ui.launch(f"detect__{PROFILE}", {"dagster/partition": TIMELINE, "mpr/control": "pause"})
        until_paused(mpr)
        postgres.kill()
        postgres.start()
        let_every_run_go_on(mpr)
    finally:
        ui.kill(ui.processes())
    assert heads(mpr) == heads(ran)


def let_every_run_go_on(mpr: CommandLine) -> None:
    """Resume what is held, the daemon's own retry of a run that was lost too, until one has succeeded."""
    while True:
        with mpr.inside(), open_instance(Home()) as instance:
            if instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])):
                return
        for status in mpr.done("status", "--json").json:
            if status["state"] == "paused":
                mpr("resume", status["run_id"])
        time.sleep(0.5)
