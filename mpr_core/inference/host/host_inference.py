"""Inference on a host: pictures go there as the bytes that are stored, results come back as the wire's records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from mpr_core.errors import InferenceFailed
from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.batches import of_frames, of_tracks
from mpr_core.inference.host.flow import Flow, request_id
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER
from mpr_core.inference.operations import Asked
from mpr_core.inference.watch import Watch
from mpr_core.record import StageConfig
from mpr_core.stages.configs import DetectObjectsConfig, Precision, PreprocessConfig, RunOcrConfig
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from mpr_core.wire import routes
from mpr_core.wire.debug import Candidate, DebugResponse
from mpr_core.wire.detect import DetectImage, DetectRequest, DetectResponse, DetectResult
from mpr_core.wire.detect_edges import BandsResult, DetectEdgesRequest, DetectEdgesResponse, FieldImage
from mpr_core.wire.envelope import Request, Response, Result
from mpr_core.wire.health import YOLO, ModelInfo, Ready, model_behind_vlm
from mpr_core.wire.ocr import OcrImage, OcrRequest, OcrResponse, OcrResult
from mpr_core.wire.preprocess import PreprocessImage, PreprocessRequest, PreprocessResponse, PreprocessResult
from mpr_core.wire.segment_field import FieldFound, SegmentFieldRequest, SegmentFieldResponse, SizedImage

Model = tuple[str, Precision, str]
"""Name, precision, weights."""
Batch = list[Asked[Any]]


@dataclass(frozen=True)
class _Operation:
    """A path with its records, and how pictures are put together for it."""

    path: str
    asks: type[Request]
    answers: type[Response]
    batches: Callable[[Iterable[Asked[Any]]], Iterator[Batch]] = of_frames


_DETECT = _Operation(routes.DETECT, DetectRequest, DetectResponse)
_CANDIDATES = _Operation(routes.DETECT + routes.DEBUG, DetectRequest, DebugResponse)
_CROP = _Operation(routes.PREPROCESS, PreprocessRequest, PreprocessResponse)
_READ = _Operation(routes.OCR, OcrRequest, OcrResponse, of_tracks)
_FIELD = _Operation(routes.SEGMENT_FIELD, SegmentFieldRequest, SegmentFieldResponse)
_BANDS = _Operation(routes.DETECT_EDGES, DetectEdgesRequest, DetectEdgesResponse)


class HostInference:
    """The routines that infer, asked of a host.

    A model whose digest was asked for has to keep it: the host refuses once it has another one.
    """

    segments_at_once = 2  # one is tracked and written here while the host works on the next

    def __init__(self, access: HostAccess) -> None:
        self._access = access
        self._flow = Flow(access)
        self._digests: dict[Model, str] = {}

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._access,)  # another process has connections of its own

    def attend(self, watch: Watch) -> None:
        """See `Inference.attend`."""
        self._flow.waiting.watch = watch

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        """See `Inference.digest`."""
        query = {"precision": precision} | ({"weights": weights} if weights else {})
        found = self._flow.one(lambda: self._flow.exchange.get(f"{routes.MODELS}/{model}", ModelInfo, query))
        self._digests[model, precision, weights] = found.digest
        return found.digest

    def language_model(self) -> str:
        """See `Inference.language_model`."""
        return model_behind_vlm(self._flow.one(lambda: self._flow.exchange.get(routes.READY, Ready)).models)

    def detect(self, frames: Iterable[Asked[DetectImage]], config: DetectObjectsConfig) -> Iterator[DetectResult]:
        """Boxes of frames."""
        return cast("Iterator[DetectResult]", self._results(_DETECT, frames, config, _detectors(config)))

    def candidates(self, frame: Asked[DetectImage], config: DetectObjectsConfig) -> tuple[Candidate, ...]:
        """What `detect` drops in a frame."""
        answer = self._flow.one(lambda: self._answer(_CANDIDATES, [frame], config, _detectors(config)))
        return cast(DebugResponse, answer).results[0].candidates

    def crop(self, frames: Iterable[Asked[PreprocessImage]], config: PreprocessConfig) -> Iterator[PreprocessResult]:
        """Crops of frames."""
        return cast("Iterator[PreprocessResult]", self._results(_CROP, frames, config))

    def read(self, crops: Iterable[Asked[OcrImage]], config: RunOcrConfig) -> Iterator[OcrResult]:
        """Readings of crops, track by track."""
        recogniser: Model = (TEXT_RECOGNISER.name, config.precision, "")
        return cast("Iterator[OcrResult]", self._results(_READ, crops, config, [recogniser]))

    def segment_field(
        self, frames: Iterable[Asked[SizedImage]], config: FieldSegmentationConfig
    ) -> Iterator[FieldFound]:
        """Fields of frames."""
        return cast("Iterator[FieldFound]", self._results(_FIELD, frames, config))

    def find_bands(self, frames: Iterable[Asked[FieldImage]], config: DetectEdgesConfig) -> Iterator[BandsResult]:
        """Bands of frames."""
        return cast("Iterator[BandsResult]", self._results(_BANDS, frames, config))

    def close(self) -> None:
        """Let the connections go."""
        self._flow.close()

    def _results(
        self, operation: _Operation, asked: Iterable[Asked[Any]], config: StageConfig, models: Iterable[Model] = ()
    ) -> Iterator[Result]:
        using = list(models)
        answers = self._flow.in_order(
            self._read_in(operation.batches(asked)), lambda batch: self._answer(operation, batch, config, using)
        )
        for answer in answers:
            yield from answer.results

    @staticmethod
    def _read_in(batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches with their bytes at hand: the store is read in the pictures' order."""
        for batch in batches:
            for one in batch:
                one.picture.jpeg()
            yield batch

    def _answer(self, operation: _Operation, batch: Batch, config: StageConfig, models: Iterable[Model]) -> Response:
        """The answer to one request.

        Raises:
            InferenceFailed: it is about other pictures than were asked about.
        """
        fields = {
            "request_id": request_id(),
            "models": {model[0]: self._digests[model] for model in models if model in self._digests},
            "images": tuple(one.about for one in batch),
            "config": config,
        }
        request = operation.asks(**fields)
        jpegs = [one.picture.jpeg() for one in batch]
        answer = self._flow.exchange.post(operation.path, request, jpegs, operation.answers)
        if [result.id for result in answer.results] != [one.about.id for one in batch]:
            raise InferenceFailed(
                "the inference host answered for other pictures",
                where=f"{self._access.place}{operation.path}",
                why=f"request {request.request_id}: the results are not those of the {len(batch)} images, in their order",
                remedy="deploy MPR and the host from one release",
            )
        return answer


def _detectors(config: DetectObjectsConfig) -> list[Model]:
    yolo: list[Model] = [(YOLO, config.precision, config.yolo_weights)] if config.yolo_weights else []
    return [(TEXT_DETECTOR.name, config.precision, ""), *yolo]
