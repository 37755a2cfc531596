"""What one tick remembers for the next: small, because Dagster keeps a copy of it with every tick.

It saves work and tells what is stable; what was taken in is in the store. So a cursor that is lost costs two ticks, and no chunk.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Literal

from pydantic import Field, ValidationError

from mpr_core.record import Record


class WatchCursor(Record):
    """Per timeline: what is over and done with, and what is not.

    Attributes:
        settled: digest of all that was there when there was nothing left to do.
        pending: key -> version of each chunk that is not taken in yet.
        gone: keys that were taken in and are not in the bucket any more; they have been told.
    """

    format: Literal["mpr.watch/1"] = "mpr.watch/1"
    settled: dict[str, str] = Field(default_factory=dict)
    pending: dict[str, dict[str, str]] = Field(default_factory=dict)
    gone: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def text(self) -> str:
        """As the orchestrator keeps it."""
        return base64.b64encode(zlib.compress(self.model_dump_json().encode(), 9)).decode()


def read_cursor(text: str | None) -> tuple[WatchCursor, str]:
    """The cursor, and why it begins anew where it cannot be read."""
    if not text:
        return WatchCursor(), ""
    try:
        return WatchCursor.model_validate_json(zlib.decompress(base64.b64decode(text, validate=True))), ""
    except (binascii.Error, zlib.error, ValidationError, ValueError) as error:
        return (
            WatchCursor(),
            f"the cursor is not of this version or damaged, all is looked at anew: {type(error).__name__}",
        )
