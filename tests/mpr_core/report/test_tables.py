"""The Parquet tables and the CSV text say what the report says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mpr_core.report.airings import build_airings
from mpr_core.report.model import Report
from mpr_core.report.sighting import Sighting
from mpr_core.report.tables import airings_table, brands_table, csv_text, parquet_bytes


def test_rows_hold_the_reports_figures(sample_report: Report) -> None:
    airings, brands = airings_table(sample_report).to_pylist(), brands_table(sample_report).to_pylist()
    assert [row["airing_id"] for row in airings] == [a.id for a in sample_report.airings]
    first = sample_report.airings[0]
    assert airings[0]["mean_area_ratio"] == first.mean_area_ratio
    assert airings[0]["boxes"] == len(first.boxes)
    assert sum(v for k, v in airings[0].items() if k.endswith("_share_ratio")) == pytest.approx(1, abs=1e-4)
    assert [row["seconds"] for row in brands] == [b.seconds for b in sample_report.brands]
    assert dict(brands[0]["simultaneous_s"]) == sample_report.brands[0].simultaneous_s
    assert brands[-1]["first_s"] is None


@pytest.mark.parametrize("table_of", [airings_table, brands_table])
def test_parquet_is_the_same_bytes_and_keeps_types_when_empty(
    report_factory: Callable[..., Report], table_of: Callable[[Report], pa.Table]
) -> None:
    full, empty = table_of(report_factory()), table_of(report_factory(sightings=[], brand_list=[]))
    assert empty.num_rows == 0
    assert empty.schema.equals(full.schema, check_metadata=True)
    assert parquet_bytes(full) == parquet_bytes(table_of(report_factory()))
    again = pq.read_table(io.BytesIO(parquet_bytes(full)))
    assert again.equals(full)
    assert again.schema.metadata[b"mpr.format"].startswith(b"mpr.")


def test_csv_has_a_header_and_a_line_per_row(sample_report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(brands_table(sample_report)))))
    assert [row["brand"] for row in rows] == [b.brand for b in sample_report.brands]
    assert rows[-1]["first_s"] == ""
    assert rows[0]["listed"] == "true"
    assert float(rows[0]["seconds"]) == sample_report.brands[0].seconds


def test_csv_text_never_starts_a_formula(report_factory: Callable[..., Report]) -> None:
    sighting = Sighting(
        *("=SUM(A1)", 0.0, 0.0, 1.0, 0, "f", (0.0,) * 8, 10, 10, "t", 90.0, 0.5, "match_brands"), text='@cmd|"x"'
    )
    report = report_factory(sightings=[sighting, replace(sighting, t_s=0.5, text="")])
    assert build_airings([sighting], gap_s=0)[0].brand == "=SUM(A1)"
    (row,) = csv.DictReader(io.StringIO(csv_text(airings_table(report))))
    assert (row["brand"], row["text"]) == ("'=SUM(A1)", '\'@cmd|"x"')
