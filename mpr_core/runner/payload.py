"""What a stage returns for one segment: tables with fixed columns, images, and the files they become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import pyarrow as pa

from mpr_core.runner.found import Cost, Found
from mpr_core.store.tables import from_parquet, to_parquet


@dataclass(frozen=True)
class Payload:
    """Base of all stage outputs. A subclass declares one `pa.Table` field per entry of `SCHEMAS`.

    `images` maps a file name (with folder, e.g. `crops/4_0.jpg`) to encoded JPEG or PNG bytes. `ASKS_MODELS`: the stage puts questions
    to models that may cost money, and counts those left unasked as `would_ask`.
    """

    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {}
    ASKS_MODELS: ClassVar[bool] = False
    images: Mapping[str, bytes] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        for name, schema in self.SCHEMAS.items():
            found = getattr(self, name).schema
            if not found.equals(schema):
                raise ValueError(f"{type(self).__name__}.{name}: columns {found} are not {schema}")

    def counts(self) -> dict[str, float]:
        """Row counts, and what else a reader wants to see of one part."""
        return {name: getattr(self, name).num_rows for name in self.SCHEMAS}

    def found(self, parents: Mapping[str, Any]) -> Found | None:
        """What a run tells of this segment while it goes on, on the chunk's clock; None: nothing beyond the counts.

        Args:
            parents: the payloads it was computed from, by stage.
        """
        return None

    def costs(self) -> list[Cost]:
        """What was asked of models for this segment."""
        return []

    def files(self) -> dict[str, bytes]:
        """Every file of the part by name, in writing order."""
        tables = {f"{name}.parquet": to_parquet(getattr(self, name)) for name in self.SCHEMAS}
        return tables | dict(self.images) | self.documents()

    def documents(self) -> dict[str, bytes]:
        """Further files a payload writes beside its tables (reports); not read back."""
        return {}

    @classmethod
    def from_files(cls, names: list[str], read: Callable[[str], bytes]) -> Self:
        """The payload back from its files; images are read when asked for. A table that an older version did not write is empty."""
        tables = {
            name: from_parquet(read(file)) if (file := f"{name}.parquet") in names else schema.empty_table()
            for name, schema in cls.SCHEMAS.items()
        }
        images = LazyFiles([n for n in names if n.endswith((".jpg", ".png"))], read)
        return cls(**tables, images=images)

    @classmethod
    def empty(cls, **given: Any) -> Self:
        """A payload with no rows, but for the tables given."""
        known = {f.name for f in fields(cls)}
        tables = {n: schema.empty_table() for n, schema in cls.SCHEMAS.items() if n in known}
        return cls(**(tables | given))


class LazyFiles(Mapping[str, bytes]):
    """Files by name, each read on first use and not kept."""

    def __init__(self, names: list[str], read: Callable[[str], bytes]) -> None:
        self._names, self._read = dict.fromkeys(names), read

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
