"""The Dagster instance of a home: homes that never touch, and what they keep to themselves."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from mpr_dagster.sqlite_storage import OneEngineEventLog
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

NOBODY = "http://127.0.0.1:9"
"""An address where nothing answers."""


def files_of(home: Path) -> dict[str, tuple[int, int]]:
    """Every file of a home with its size and time of change."""
    return {
        str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_two_homes_never_touch(copied: CommandLine, media: Path, tmp_path: Path) -> None:
    other = CommandLine(tmp_path / "other")
    before = files_of(copied.home)
    with copied.inside():
        environment = dict(os.environ)
        assert other.done("timelines", "--json").json == []
        other.done("ingest", media / "other.mp4", "--timeline", TIMELINE, "--brands", media / "brands.json")
        other.done("run", TIMELINE)
        assert dict(os.environ) == environment
    assert [a["brand"] for a in other.done("report", TIMELINE, "--json").json["airings"]] == ["Tavikko"]
    assert files_of(copied.home) == before
    kept = sorted(path.name for path in other.home.iterdir())
    assert kept == ["dagster", "media-in", "media-out", "runs"]


def test_dagsters_own_processes_are_given_this_home(empty: CommandLine) -> None:
    with empty.inside():
        environment = Home().environment()
    assert environment["MPR_HOME"] == str(empty.home)
    assert environment["DAGSTER_HOME"] == str(empty.home / "dagster")
    assert (empty.home / "dagster" / "dagster.yaml").is_file()


def test_secrets_of_the_environment_reach_no_file(copied: CommandLine) -> None:
    secret = "sk-7f3c9e1d5a8b2046"
    names = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GEMINI_API_KEY", "GROQ_API_KEY")
    nowhere = dict.fromkeys(
        ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "GROQ_BASE_URL"), NOBODY
    )
    knobs = ("--set", "match_brands.brands=[]", "--set", "escalate_cloud.give_up_s=0")
    copied.done("run", TIMELINE, *knobs, **nowhere, **dict.fromkeys(names, secret))
    assert "failed" in copied.done("ledger", "--calls").out, "the keys were used"
    found = [path for path in copied.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert found == []


def test_what_the_faster_event_log_writes_dagsters_own_reads(copied: CommandLine) -> None:
    with copied.inside():
        home = Home()
        with open_instance(home) as instance:
            assert type(instance.event_log_storage) is OneEngineEventLog
            latest = instance.get_latest_materialization_event(dg.AssetKey("compile_report"))
        with dg.DagsterInstance.from_config(str(home.dagster_home())) as plain:
            assert type(plain.event_log_storage) is SqliteEventLogStorage
            assert plain.get_latest_materialization_event(dg.AssetKey("compile_report")) == latest
    assert latest is not None


def test_an_instance_that_names_its_own_storage_keeps_it(empty: CommandLine) -> None:
    with empty.inside():
        folder = Home().dagster_home()
        elsewhere = folder / "elsewhere"
        (folder / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {elsewhere}}}}}\n")
        with open_instance(Home()) as instance:
            instance.add_dynamic_partitions("timelines", ["one"])
        with dg.DagsterInstance.from_config(str(folder)) as plain:
            assert plain.get_dynamic_partitions("timelines") == ["one"]
    assert (elsewhere / "history").is_dir()
