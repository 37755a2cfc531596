"""`mpr run` with a local and a cloud model on the wire: who decided and what it cost is shown, paid once, and no key is left anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from mpr_dagster.home import Home
from mpr_dagster.instance import open_instance
from tests.mpr_core.cascade.model_wire import KEY, ModelServer, Says, answer, serve_models
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.conftest import TIMELINE

VLM_KEY = "vlm-76543210fedcba"
PAID_USD = 0.000027  # 120 tokens in and 30 out


class ScriptedServer(ModelServer):
    """The local model sees something and is not sure; the cloud model is."""

    def next(self) -> Says:
        cloud = self.sent[-1].document["model"] != "local"
        said = {"answer": "Olteszo", "name": "", "confidence": 0.95 if cloud else 0.3, "evidence": "white letters"}
        return answer("openai", json.dumps(said))


@dataclass
class Asked:
    """A home in which a timeline was run with models."""

    mpr: CommandLine
    models: ModelServer
    out: str


@pytest.fixture(scope="module")
def asked(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with serve_models(ScriptedServer()) as models:
        environment = {
            "VLM_URL": f"{models.url}/v1",
            "VLM_MODEL": "local",
            "VLM_API_KEY": VLM_KEY,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": f"{models.url}/v1",
        }
        mpr = CommandLine(tmp_path_factory.mktemp("asked") / "home", environment)
        brands = mpr.home.parent / "brands.json"
        brands.write_text('["Vantelo", "Olteszo"]')
        mpr.done("ingest", media / "film.mp4", "--timeline", TIMELINE, "--brands", brands)
        out = mpr.done("run", TIMELINE, "--set", "match_brands.min_score=90").out
        yield Asked(mpr, models, out)


def test_the_run_says_what_was_asked_and_what_it_cost(asked: Asked) -> None:
    lines = asked.out.splitlines()
    assert any("escalate_vlm: done" in line and "1 track asked" in line for line in lines), lines
    assert any(
        "escalate_cloud: done" in line and "1 track decided" in line and "$0.000027" in line for line in lines
    ), lines


def test_the_report_shows_that_a_cloud_model_decided(asked: Asked) -> None:
    report = asked.mpr.done("report", TIMELINE, "--json").json
    assert {a["brand"]: a["decided_by"] for a in report["airings"]} == {
        "Vantelo": "match_brands",
        "Olteszo": "escalate_cloud",
    }
    assert "escalate_cloud: asked 1 of 1 for $0.000027." in report["notes"]
    assert "escalate_vlm: asked 1 of 1." in report["notes"]


def test_a_second_run_a_replay_and_a_deleted_cache_pay_nothing_again(asked: Asked) -> None:
    before = len(asked.models.sent)
    settings = ("--set", "match_brands.min_score=90")
    again = asked.mpr.done("run", TIMELINE, *settings, "--json").json
    assert again["parts"]["computed"] == 0
    asked.mpr.done("replay", TIMELINE, "--stage", "escalate_vlm", "--set", "escalate_vlm.at_once=2")
    asked.mpr.done("gc", "--delete")
    asked.mpr.done("timeline", TIMELINE, "--delete-cache")
    asked.mpr.done("run", TIMELINE, *settings)
    assert len(asked.models.sent) == before == 2


def test_the_ledger_lists_every_call_and_its_cost(asked: Asked) -> None:
    told = asked.mpr.done("ledger", "--json").json
    assert told["format"] == "mpr.costs/1"
    assert [(s["stage"], s["provider"], s["calls"], s["cost_usd"]) for s in told["spent"]] == [
        ("escalate_vlm", "vlm", 1, 0.0),
        ("escalate_cloud", "openai", 1, PAID_USD),
    ]
    shown = asked.mpr.done("ledger", "--timeline", TIMELINE).out
    assert shown.splitlines()[-1] == "2 calls, $0.000027"
    assert "answered" in asked.mpr.done("ledger", told["spent"][0]["run_id"][:8], "--calls").out
    refused = asked.mpr("ledger", "--timeline", "another")
    assert (refused.code, refused.err.splitlines()[0]) == (2, "mpr: no such timeline: another")


def test_why_says_who_decided_and_what_it_saw(asked: Asked) -> None:
    said = asked.mpr.done("why", TIMELINE, "--brand", "Olteszo", "--at", "3").out
    assert "decided by escalate_cloud" in said
    assert "openai gpt-6-luna says 'Olteszo', saw 'white letters'" in said


def test_costs_stand_in_dagsters_metadata_and_in_the_events(asked: Asked) -> None:
    with asked.mpr.inside(), open_instance(Home()) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("escalate_cloud"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["count_cost_usd"].value == pytest.approx(PAID_USD)
    run = asked.mpr.done("ledger", "--json").json["calls"][0]["run_id"]
    costs = [json.loads(line)["cost"] for line in asked.mpr.done("events", run, "--kind", "cost").out.splitlines()]
    assert [(c["provider"], c["asked"], c["cost_usd"]) for c in costs] == [("vlm", 1, 0.0), ("openai", 1, PAID_USD)]


def test_no_key_is_in_anything_that_asking_leaves(asked: Asked) -> None:
    seen = {sent.headers["authorization"] for sent in asked.models.sent}
    assert seen == {f"Bearer {KEY}", f"Bearer {VLM_KEY}"}
    files = [path for path in asked.mpr.home.rglob("*") if path.is_file()]
    assert any("ledger" in path.parts for path in files)
    for secret in (KEY, VLM_KEY):
        assert [path for path in files if secret.encode() in path.read_bytes()] == []
        assert secret not in asked.out


def test_a_key_that_is_refused_leaves_the_run_done_and_says_so(asked: Asked, tmp_path: Path, media: Path) -> None:
    with serve_models() as models:
        models.says = [Says(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})]
        mpr = CommandLine(tmp_path / "home", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{models.url}/v1"})
        (tmp_path / "brands.json").write_text('["Vantelo"]')
        mpr.done("ingest", media / "film.mp4", "--timeline", TIMELINE, "--brands", tmp_path / "brands.json")
        mpr.done("run", TIMELINE)
        notes = mpr.done("report", TIMELINE, "--json").json["notes"]
        assert any("1 without an answer because of failures" in note for note in notes), notes
        files = [path for path in mpr.home.rglob("*") if path.is_file()]
        assert [path for path in files if KEY.encode() in path.read_bytes()] == []
        said = {"answer": "other", "name": "Oltessa", "confidence": 0.9, "evidence": "letters"}
        models.says = [answer("openai", json.dumps(said))]
        mpr.done("run", TIMELINE)
        report = mpr.done("report", TIMELINE, "--json").json
        assert [name["name"] for name in report["proposed_names"]] == ["Oltessa"], (
            "what failed is asked by the next run"
        )
