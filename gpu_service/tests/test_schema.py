"""The host keeps to its own OpenAPI document, whatever is sent (schemathesis, a bounded number of examples)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from asking import WIDTH_PX, jpeg, pitch
from gpu_service.operations import OPERATIONS
from gpu_service.router import PATHS
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from serving import AUTHORIZED

from mpr_core.wire.envelope import FORMAT, mpr_version

_EXAMPLES = 8
_POSTED = [path for operation in OPERATIONS for path in (operation.path, operation.path + "/debug")]
_PICTURE = jpeg(pitch())
_bounded = bounded(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def document(host: httpx.Client) -> Any:
    return schemathesis.openapi.from_dict(host.get("/openapi.json").json())


def hold(host: httpx.Client, case: schemathesis.Case) -> int:
    """The status of an answer that is as the document says.

    It cannot say that some valid requests are refused: not every file is a JPEG. That 413 refuses too schemathesis does not know.
    """
    answer = case.call(base_url=str(host.base_url), timeout=60, headers=AUTHORIZED)
    unknown = [negative_data_rejection] if answer.status_code == 413 else []
    case.validate_response(answer, excluded_checks=[positive_data_acceptance, *unknown])
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    return int(answer.status_code)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("path", [*PATHS, "/v2/models/{name}"])
def test_no_request_leads_to_an_answer_that_is_not_in_the_document(
    host: httpx.Client, document: Any, path: str, mode: GenerationMode
) -> None:
    operation = document[path]["POST" if path in _POSTED else "GET"]
    if mode is GenerationMode.NEGATIVE and path not in _POSTED and "{" not in path:
        return  # nothing can be wrong with a request that says nothing

    @given(case=operation.as_strategy(generation_mode=mode))
    @_bounded
    def ask(case: schemathesis.Case) -> None:
        hold(host, case)

    ask()


@pytest.mark.parametrize("path", [operation.path for operation in OPERATIONS])
def test_a_valid_document_with_real_pictures_is_answered(host: httpx.Client, document: Any, path: str) -> None:
    """As above, but past the checks of version, pictures and models: strange configs, bands, quads, outlines."""
    statuses: set[int] = set()

    @given(case=document[path]["POST"].as_strategy(generation_mode=GenerationMode.POSITIVE))
    @_bounded
    def ask(case: schemathesis.Case) -> None:
        asked = case.body["request"]
        asked |= {"format": FORMAT, "version": mpr_version(), "models": {}}
        asked["images"] = [dict(image, id=str(number)) for number, image in enumerate(asked.get("images", [])[:3])]
        for image in asked["images"]:
            if "width_px" in image:
                image["width_px"] = WIDTH_PX
        if asked.get("config"):
            asked["config"].pop("yolo_weights", None)
        case.body["images"] = [_PICTURE] * len(asked["images"])
        statuses.add(hold(host, case))

    ask()
    assert statuses & {200, 404}, f"nothing got through: {statuses}"
