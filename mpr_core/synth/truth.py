"""The exact truth of a synthetic film: every brand instance of every frame, column by column."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, PlainSerializer, model_validator

from mpr_core.errors import FormatMismatch, InputError
from mpr_core.record import Record
from mpr_core.synth.script import Transition
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.textures import SURFACES

TRUTH_FORMAT = "mpr.truth/1"


def _column(dtype: str, digits: int | None = None) -> Any:
    """A numpy column that reads from and writes to a JSON list; numbers are kept at `digits` decimals."""

    def read(value: object) -> NDArray[Any]:
        return np.asarray(value, dtype=dtype)

    def write(value: NDArray[Any]) -> list[Any]:
        return list((value if digits is None else np.round(value.astype(np.float64), digits)).tolist())

    return BeforeValidator(read), PlainSerializer(write)


IntColumn = Annotated[NDArray[np.int64], *_column("int64")]
IndexColumn = Annotated[NDArray[np.int32], *_column("int32")]
PixelColumn = Annotated[NDArray[np.float32], *_column("float32", 2)]
RatioColumn = Annotated[NDArray[np.float32], *_column("float32", 3)]


class TruthBrand(Record):
    """One entry of the brand file. Decoys are listed too; they never appear."""

    canonical_name: str
    aliases: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class TruthScene(Record):
    """One shot: `[start_s, end_s)` and how it came in. A transition lies centred on `start_s`."""

    start_s: float
    end_s: float
    transition: Transition
    transition_s: float
    kind: Literal["match", "street"]
    view: str


class TruthRows(Record):
    """Every visible brand instance, one entry per column each, ordered by frame.

    Attributes:
        frame: index into the film's frames.
        brand: index into the film's brands.
        surface: index into `SURFACES` (board, led, score_bug, watermark, sign, product, end_card).
        quad: `(n, 8)` corners x, y in pixels, clockwise from the top-left of the upright reading direction; may leave
            the frame.
        letter_height_px: height of the capitals on screen, across the baseline; of the small letters where the text has
            neither capitals nor digits.
        squeeze_ratio: 1 = letters in their own proportions, less = narrowed or flattened by an oblique view.
        visible_ratio: share of the quad inside the frame, not hidden by anything in front.
        opacity_ratio: weight of its scene in a dissolve, 1 outside transitions.
        blur_px: length of the motion smear of that frame.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    frame: IndexColumn
    brand: IndexColumn
    surface: IndexColumn
    quad: PixelColumn
    letter_height_px: PixelColumn
    squeeze_ratio: RatioColumn
    visible_ratio: RatioColumn
    opacity_ratio: RatioColumn
    blur_px: PixelColumn

    @model_validator(mode="after")
    def _same_lengths(self) -> TruthRows:
        lengths = {len(getattr(self, name)) for name in type(self).model_fields}
        if len(lengths) > 1 or (len(self.frame) and self.quad.shape != (len(self.frame), 8)):
            raise ValueError(f"columns differ in length: {sorted(lengths)}, quad {self.quad.shape}")
        return self


class SynthTruth(Record):
    """What a synthetic film shows, exactly.

    `pts_ticks` has one entry per frame and, last, the end of the final frame; a tick is
    `tick_numerator / tick_denominator` seconds. Frame `i` is on screen for `[pts_ticks[i], pts_ticks[i + 1])`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    format: Literal["mpr.truth/1"] = "mpr.truth/1"
    spec: SynthSpec
    brands: tuple[TruthBrand, ...]
    surfaces: tuple[str, ...] = SURFACES
    scenes: tuple[TruthScene, ...]
    tick_numerator: int
    tick_denominator: int
    pts_ticks: IntColumn
    rows: TruthRows

    @property
    def tick_s(self) -> Fraction:
        """Seconds per tick."""
        return Fraction(self.tick_numerator, self.tick_denominator)

    @property
    def duration_s(self) -> Fraction:
        """The film's exact length, seconds."""
        return int(self.pts_ticks[-1]) * self.tick_s

    def frame_edges_s(self) -> NDArray[np.float64]:
        """`(n + 1,)` frame starts and the end of the last frame, seconds."""
        return np.asarray(self.pts_ticks * self.tick_numerator / self.tick_denominator, np.float64)

    def shown(self) -> tuple[str, ...]:
        """Canonical names of the brands of which something is visible in at least one frame."""
        return tuple(self.brands[i].canonical_name for i in np.unique(self.rows.brand))

    def brand_file(self) -> list[dict[str, object]]:
        """The brand list to hand to the pipeline: `[{canonical_name, aliases, exclude}]`, decoys included."""
        return [brand.model_dump(mode="json") for brand in self.brands]

    def save(self, path: Path) -> None:
        """Writes compact JSON."""
        path.write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> SynthTruth:
        """Reads what `save` wrote.

        Raises:
            InputError: the file is not JSON.
            FormatMismatch: it is some other document or another version.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise InputError(
                "not a truth file", where=str(path), why=str(error), remedy="mpr synth writes one"
            ) from error
        found = document.get("format") if isinstance(document, dict) else None
        if found != TRUTH_FORMAT:
            raise FormatMismatch(
                "cannot read this truth file",
                where=str(path),
                why=f"its format is {found!r}, expected {TRUTH_FORMAT!r}",
                remedy="draw the film again with mpr synth",
            )
        return cls.model_validate(document)
