"""The report as tables: `airings.parquet`, `brands.parquet` and their CSV text. Units stand in the column names."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mpr_core.report.geometry import GRID_CELLS
from mpr_core.report.model import Airing, BrandExposure, Report

_TEXT, _REAL, _WHOLE = pa.string(), pa.float64(), pa.int64()


_CELL_COLUMNS = tuple(f"{cell.replace(' ', '_')}_share_ratio" for cell in GRID_CELLS)


def _columns(arrow_type: pa.DataType, *names: str, nullable: bool = False) -> list[Any]:
    return [pa.field(name, arrow_type, nullable=nullable) for name in names]


AIRINGS_SCHEMA = pa.schema(
    [
        *_columns(_TEXT, "timeline", "airing_id", "brand"),
        *_columns(_REAL, "start_s", "end_s", "seconds", "score"),
        *_columns(_TEXT, "decided_by"),
        *_columns(pa.list_(_TEXT), "deciders"),
        *_columns(_TEXT, "text"),
        *_columns(_REAL, "mean_area_ratio", "max_area_ratio", "mean_clarity", "max_clarity"),
        *_columns(_TEXT, "position"),
        *_columns(_REAL, *_CELL_COLUMNS),
        *_columns(_WHOLE, "boxes", "tracks"),
        *_columns(pa.list_(_WHOLE), "chunk_indexes"),
        *_columns(_TEXT, "crop_key", nullable=True),
    ],
    metadata={"mpr.format": "mpr.airings/1"},
)

BRANDS_SCHEMA = pa.schema(
    [
        *_columns(_TEXT, "timeline", "brand"),
        *_columns(pa.bool_(), "listed"),
        *_columns(_WHOLE, "airings"),
        *_columns(_REAL, "seconds", "share_of_timeline_ratio", "share_of_voice_ratio"),
        *_columns(_REAL, "mean_area_ratio", "max_area_ratio"),
        *_columns(_REAL, "mean_clarity", "mean_score", "first_s", "last_s", nullable=True),
        *_columns(_TEXT, "position", nullable=True),
        *_columns(_REAL, *_CELL_COLUMNS),
        *_columns(pa.map_(_TEXT, _REAL), "simultaneous_s"),
    ],
    metadata={"mpr.format": "mpr.brands/1"},
)


def airings_table(report: Report) -> pa.Table:
    """One row per airing, by start; `boxes` is their number, the boxes themselves stand in `report.json`."""
    return pa.Table.from_pylist([_airing_row(report.timeline, a) for a in report.airings], schema=AIRINGS_SCHEMA)


def brands_table(report: Report) -> pa.Table:
    """One row per brand, the longest on screen first; brands that were not found have zeros and nulls."""
    return pa.Table.from_pylist([_brand_row(report.timeline, b) for b in report.brands], schema=BRANDS_SCHEMA)


def parquet_bytes(table: pa.Table) -> bytes:
    """The table as a Parquet file, the same bytes for the same table."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def csv_text(table: pa.Table) -> str:
    """The table as CSV (RFC 4180, header line): lists joined by `;`, maps as `key=value;…`, null as nothing.

    Text that a spreadsheet would run as a formula gets an apostrophe in front: it was read from somebody else's video.
    """
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow([_csv_cell(row[name]) for name in table.column_names])
    return sink.getvalue()


def _airing_row(timeline: str, airing: Airing) -> dict[str, Any]:
    plain = {name: getattr(airing, name) for name in AIRINGS_SCHEMA.names if name in Airing.model_fields}
    own = {"timeline": timeline, "airing_id": airing.id, "boxes": len(airing.boxes)}
    return plain | own | _cell_values(airing.position_share_ratio)


def _brand_row(timeline: str, brand: BrandExposure) -> dict[str, Any]:
    plain = {name: getattr(brand, name) for name in BRANDS_SCHEMA.names if name in BrandExposure.model_fields}
    own = {"timeline": timeline, "simultaneous_s": list(brand.simultaneous_s.items())}
    return plain | own | _cell_values(brand.position_share_ratio)


def _cell_values(shares: dict[str, float]) -> dict[str, float]:
    return {column: shares.get(cell, 0.0) for column, cell in zip(_CELL_COLUMNS, GRID_CELLS, strict=True)}


def _csv_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
        case [*entries]:
            return _csv_cell(";".join(f"{e[0]}={e[1]}" if isinstance(e, tuple) else str(e) for e in entries))
        case _:
            return str(value)
