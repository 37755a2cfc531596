"""What the stages have inferred for them, wherever that happens: in this process, or on a host.

Every operation takes pictures with what is to be known of each, and gives one result for each picture, in their order. It takes a few
more pictures than it has given results for, and no more: memory does not depend on how many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mpr_core.inference.pictures import Picture
from mpr_core.inference.watch import Watch
from mpr_core.stages.configs import DetectObjectsConfig, Precision, PreprocessConfig, RunOcrConfig
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from mpr_core.wire.debug import Candidate
from mpr_core.wire.detect import DetectImage, DetectResult
from mpr_core.wire.detect_edges import BandsResult, FieldImage
from mpr_core.wire.envelope import ImageRef, Result
from mpr_core.wire.ocr import OcrImage, OcrResult
from mpr_core.wire.preprocess import PreprocessImage, PreprocessResult
from mpr_core.wire.segment_field import FieldFound, SizedImage

Ref = TypeVar("Ref", bound=ImageRef)
Found = TypeVar("Found", bound=Result)


@dataclass(frozen=True)
class Asked(Generic[Ref]):
    """A picture and what is to be known of it."""

    about: Ref
    picture: Picture


def answered(
    asked: Iterable[Asked[Ref]], operation: Callable[[Iterator[Asked[Ref]]], Iterator[Found]]
) -> Iterator[tuple[Asked[Ref], Found]]:
    """What was asked, each with what was found."""
    waiting: deque[Asked[Ref]] = deque()

    def remembered() -> Iterator[Asked[Ref]]:
        for one in asked:
            waiting.append(one)
            yield one

    for found in operation(remembered()):
        yield waiting.popleft(), found


class Inference(Protocol):
    """The routines that infer, each also named on the wire (`mpr_core.wire`), where what they find is described.

    Attributes:
        segments_at_once: how many segments have to be under way for whoever infers to be never idle.
    """

    segments_at_once: int

    def attend(self, watch: Watch) -> None:
        """Have another run told of what is asked from now on."""
        ...

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        """What decides a model's answers: its bytes, its engine and the engine's version, its arithmetic.

        Args:
            weights: of `yolo`: which.
        Raises:
            ModelMissing: there is no such model.
            ConfigError: the weights cannot be used.
        """
        ...

    def language_model(self) -> str:
        """The language model that whoever infers has, by name and, where its files are there, digest; empty where there is none."""
        ...

    def detect(self, frames: Iterable[Asked[DetectImage]], config: DetectObjectsConfig) -> Iterator[DetectResult]:
        """Boxes that may carry a brand."""
        ...

    def candidates(self, frame: Asked[DetectImage], config: DetectObjectsConfig) -> tuple[Candidate, ...]:
        """What the models of `detect` saw in a frame and the thresholds dropped, best first."""
        ...

    def crop(self, frames: Iterable[Asked[PreprocessImage]], config: PreprocessConfig) -> Iterator[PreprocessResult]:
        """Text lines cut out of frames."""
        ...

    def read(self, crops: Iterable[Asked[OcrImage]], config: RunOcrConfig) -> Iterator[OcrResult]:
        """Text of crops; those of one track stand side by side, best first."""
        ...

    def segment_field(
        self, frames: Iterable[Asked[SizedImage]], config: FieldSegmentationConfig
    ) -> Iterator[FieldFound]:
        """The playing field of frames."""
        ...

    def find_bands(self, frames: Iterable[Asked[FieldImage]], config: DetectEdgesConfig) -> Iterator[BandsResult]:
        """Bands beside the field's border."""
        ...

    def close(self) -> None:
        """Let models and connections go; they are opened again when they are needed."""
        ...
