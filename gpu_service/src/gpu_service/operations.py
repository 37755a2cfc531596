"""The operations of the wire: what each is asked, which models it uses, and who answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gpu_service.backend import Backend
from gpu_service.debug.crops import seen_by_ocr, seen_by_preprocess
from gpu_service.debug.detect import seen_by_detect
from gpu_service.debug.field import seen_by_edges, seen_by_field
from gpu_service.debug.pictures import seen_by_vlm
from gpu_service.refusals import Refused
from gpu_service.upload import Question
from mpr_core.cascade.provider import Ask
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER
from mpr_core.inference.operations import Asked
from mpr_core.stages.configs import Precision
from mpr_core.wire import routes
from mpr_core.wire.debug import DebugResponse, DebugResult
from mpr_core.wire.detect import DetectRequest, DetectResponse
from mpr_core.wire.detect_edges import DetectEdgesRequest, DetectEdgesResponse
from mpr_core.wire.envelope import Answer, Request, Response, Result
from mpr_core.wire.health import YOLO
from mpr_core.wire.ocr import OcrRequest, OcrResponse
from mpr_core.wire.preprocess import PreprocessRequest, PreprocessResponse
from mpr_core.wire.segment_field import SegmentFieldRequest, SegmentFieldResponse
from mpr_core.wire.vlm import VlmRequest, VlmResponse, VlmUsage

R = TypeVar("R", bound=Request)


@dataclass(frozen=True)
class Used:
    """A model that a request is answered with."""

    name: str
    precision: Precision
    weights: str = ""


@dataclass(frozen=True)
class Operation(Generic[R]):
    """One path.

    Attributes:
        uses: the models that a request is answered with.
        answer: the results, under the digests in force.
        seen: one image of the request on its way.
    """

    path: str
    asks: type[R]
    answers: type[Answer]
    uses: Callable[[R], tuple[Used, ...]]
    answer: Callable[[Backend, Question[R], dict[str, str]], Answer]
    seen: Callable[[InProcess, R, Asked[Any]], DebugResult]


def answered(operation: Operation[Any], backend: Backend, question: Question[Any], *, debug: bool) -> Answer:
    """The answer to a request.

    Raises:
        Refused: a model that it counts on is not the one in force.
    """
    models = _in_force(backend, question.asked, operation.uses(question.asked))
    if not debug:
        return operation.answer(backend, question, models)
    seen = (operation.seen(backend.inference, question.asked, picture) for picture in question.pictures())
    return DebugResponse(request_id=question.asked.request_id, models=models, results=tuple(seen))


def _in_force(backend: Backend, asked: Request, used: tuple[Used, ...]) -> dict[str, str]:
    found = {use.name: backend.inference.digest(use.name, use.precision, use.weights) for use in used}
    for name, wanted in asked.models.items():
        if found.get(name) != wanted:
            raise Refused(
                "model_mismatch",
                "the host answers with another model",
                where=name,
                why=f"asked for {wanted}, the host has {found.get(name, 'none in this operation')}",
                remedy="give both the same files, or let MPR ask the host for its digests again",
            )
    return found


def _of_pictures(
    answers: type[Response], find: Callable[[InProcess, Iterable[Asked[Any]], Any], Iterator[Result]]
) -> Callable[[Backend, Question[Any], dict[str, str]], Answer]:
    """The answer of an operation with one result for each picture."""

    def answer(backend: Backend, question: Question[Any], models: dict[str, str]) -> Answer:
        results = tuple(find(backend.inference, question.pictures(), question.asked.config))
        return answers(request_id=question.asked.request_id, models=models, results=results)

    return answer


def _ask_vlm(backend: Backend, question: Question[VlmRequest], models: dict[str, str]) -> Answer:
    asked = question.asked
    if backend.vlm is None:
        raise Refused(
            "model_missing",
            "the host has no language model",
            where="/vlm",
            why="neither VLM_URL nor VLM_MODEL is set there",
            remedy="set one of them on the host, or give MPR itself a VLM_URL",
        )
    ask = Ask(asked.instructions, asked.prompt, question.jpegs, asked.answer_schema, asked.max_output_tokens)
    reply = backend.vlm.answer(ask, asked.model, question.work)
    usage = VlmUsage(input_tokens=reply.usage.input_tokens, output_tokens=reply.usage.output_tokens)
    return VlmResponse(
        request_id=asked.request_id, models=models, model=reply.model, answer=dict(reply.answer), usage=usage
    )


def _detectors_of(asked: DetectRequest) -> tuple[Used, ...]:
    config = asked.config
    yolo = (Used(YOLO, config.precision, config.yolo_weights),) if config.yolo_weights else ()
    return (Used(TEXT_DETECTOR.name, config.precision), *yolo)


def _recogniser_of(asked: OcrRequest) -> tuple[Used, ...]:
    return (Used(TEXT_RECOGNISER.name, asked.config.precision),)


def _none(_asked: Request) -> tuple[Used, ...]:
    return ()


OPERATIONS: tuple[Operation[Any], ...] = (
    Operation(
        routes.DETECT,
        DetectRequest,
        DetectResponse,
        _detectors_of,
        _of_pictures(DetectResponse, lambda do, *given: do.detect(*given)),
        seen_by_detect,
    ),
    Operation(
        routes.OCR,
        OcrRequest,
        OcrResponse,
        _recogniser_of,
        _of_pictures(OcrResponse, lambda do, *given: do.read(*given)),
        seen_by_ocr,
    ),
    Operation(
        routes.PREPROCESS,
        PreprocessRequest,
        PreprocessResponse,
        _none,
        _of_pictures(PreprocessResponse, lambda do, *given: do.crop(*given)),
        seen_by_preprocess,
    ),
    Operation(
        routes.SEGMENT_FIELD,
        SegmentFieldRequest,
        SegmentFieldResponse,
        _none,
        _of_pictures(SegmentFieldResponse, lambda do, *given: do.segment_field(*given)),
        seen_by_field,
    ),
    Operation(
        routes.DETECT_EDGES,
        DetectEdgesRequest,
        DetectEdgesResponse,
        _none,
        _of_pictures(DetectEdgesResponse, lambda do, *given: do.find_bands(*given)),
        seen_by_edges,
    ),
    Operation(routes.VLM, VlmRequest, VlmResponse, _none, _ask_vlm, seen_by_vlm),
)
