"""A report is put where people look for it, the same bytes as in its part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mpr_core.runner.publish import publish_report
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline


def test_the_four_files_of_a_report_are_published_under_their_node(
    pipeline: Callable[..., Pipeline], short_film: Path
) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    nodes = one.run("match")
    folder = publish_report(one.media_out, nodes["compile_report"])
    assert folder == f"reports/match/{nodes['compile_report'].id}"
    published = {key.rsplit("/", 1)[-1]: one.media_out.get(key) for key, _ in one.media_out.keys(folder)}
    assert published == one.report_files(nodes)
    assert set(published) == {"report.html", "report.json", "airings.parquet", "brands.parquet"}


def test_the_report_agrees_with_its_tables_and_shows_its_evidence(
    pipeline: Callable[..., Pipeline], short_film: Path
) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    nodes = one.run("match")
    files, report = one.report_files(nodes), one.report(nodes)
    table = pq.read_table(pa.BufferReader(files["airings.parquet"])).to_pylist()
    assert [(row["brand"], row["start_s"], row["end_s"]) for row in table] == [
        (airing.brand, airing.start_s, airing.end_s) for airing in report.airings
    ]
    assert {row["brand"] for row in pq.read_table(pa.BufferReader(files["brands.parquet"])).to_pylist()} == {
        brand.canonical_name for brand in BRANDS
    }
    assert (report.timeline, report.duration_s, report.profile) == ("match", 4.0, "generic")
    assert [stage.name for stage in report.stages] == list(nodes)
    for airing in report.airings:
        assert airing.crop_key is not None
        assert one.media_out.get(airing.crop_key).startswith(b"\xff\xd8")
        assert all(one.media_out.exists(box.frame_key) for box in airing.boxes)
    assert b"data:image/jpeg;base64," in files["report.html"]
