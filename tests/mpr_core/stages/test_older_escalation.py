"""Parts and reports of before models could be asked are read as they were: nobody was asked, and nothing was proposed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from mpr_core.cascade.ledger import LedgerEntry, calls, spent
from mpr_core.lineage.node import Node
from mpr_core.report.model import load_report
from mpr_core.runner.node_parts import payload_of, table_of_part
from mpr_core.runner.parts import Part, file_records, write_part
from mpr_core.stages.decision_rows import DECISIONS
from mpr_core.stages.escalation import Escalation
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.tables import schema, table_of, to_parquet
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
QUESTIONS_1 = schema(
    ("track", pa.int32()),
    ("why", pa.string()),
    ("text", pa.string()),
    ("seconds", pa.float32()),
    ("height_px", pa.float32()),
    ("asked", pa.bool_()),
)
ROW = {"track": 3, "why": "legible text", "text": "OLTESSA", "seconds": 1.5, "height_px": 20.0, "asked": False}


def as_version_1(one: Pipeline, node: Node) -> None:
    """Put what version 1 wrote in the place of a node's part."""
    questions = to_parquet(table_of([ROW], QUESTIONS_1))
    files = {"questions.parquet": questions, "decisions.parquet": to_parquet(DECISIONS.empty_table())}
    part = one.part(node).model_copy(update={"files": file_records(files), "stage_version": "1"})
    folder = f"parts/{node.stage}/{part.recipe[:2]}/{part.recipe}"
    one.media_out.delete([key for key, _ in one.media_out.keys(folder)])
    write_part(one.media_out, Part.model_validate(part.model_dump()), files)


def test_a_part_of_version_1_is_read_and_a_report_compiled_on_it(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    nodes = one.run("match")
    for stage in ("escalate_vlm", "escalate_cloud"):
        as_version_1(one, nodes[stage])
        read = payload_of(one.media_out, nodes[stage], 0)
        assert isinstance(read, Escalation)
        (row,) = read.questions.to_pylist()
        assert {name: row[name] for name in ROW} == ROW
        assert (row["status"], row["verdict"], read.proposals.num_rows) == ("skipped", "", 0)
        assert read.counts() == {"asked": 0, "would_ask": 1, "decided": 0}
        assert table_of_part(one.media_out, nodes[stage], 0, "proposals").num_rows == 0
    again = one.run("match", {"compile_report": {"gap_s": 2.0}}, stages=["compile_report"], nodes=nodes)
    assert again["compile_report"].id != nodes["compile_report"].id
    assert one.report(again).proposed_names == ()


def test_a_report_written_before_names_were_proposed_is_read(pipeline: Make, short_film: Path) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    document = json.loads(one.report_files(one.run("match"))["report.json"])
    del document["proposed_names"]
    assert load_report(json.dumps(document)).proposed_names == ()


def test_a_call_that_was_cut_off_is_counted_as_what_it_may_have_cost() -> None:
    store = ObjectStore("memory://")
    common = {"run_id": "r", "timeline": "match", "stage": "escalate_cloud", "provider": "openai", "model": "m"}
    entry = LedgerEntry.model_validate(
        common | {"state": "asked", "request": "q", "call": 0, "segment": 0, "track": 1, "cost_usd": 0.5}
    )
    store.put(f"ledger/r/{entry.name}.asked.json", entry.model_dump_json().encode())
    (total,) = spent(calls(store))
    assert (total.calls, total.cut_off, total.cost_usd, total.cut_off_usd) == (1, 1, 0.0, 0.5)
