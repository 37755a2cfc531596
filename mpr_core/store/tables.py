"""Tables as Parquet bytes, always the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def to_parquet(table: pa.Table) -> bytes:
    """Parquet bytes of a table (zstd, one row group per 64k rows)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=65536)
    return bytes(sink.getvalue())


def from_parquet(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in Parquet bytes, or some of its columns."""
    # Not `read_table`: its dataset machinery and threads cost more than twice as much for the small tables of a part.
    return pq.ParquetFile(pa.BufferReader(data)).read(None if columns is None else list(columns), use_threads=False)


def schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    """The fixed columns of a table, in order."""
    return pa.schema([pa.field(name, kind) for name, kind in columns])


def values(table: pa.Table, column: str) -> list[Any]:
    """One column as Python values."""
    return table.column(column).to_pylist()


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table from row mappings; an unknown or missing column is an error, not a null."""
    names = set(schema.names)
    for row in rows:
        if set(row) != names:
            raise ValueError(f"row columns {sorted(set(row) ^ names)} do not fit the schema")
    return pa.Table.from_pylist(list(rows), schema=schema)
