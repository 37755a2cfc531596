"""The inference host and the VLM endpoint, as a real server answers."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from mpr_core.doctor.endpoints import inference_host, language_model
from mpr_core.inference.host.access import HostAccess, without_login
from mpr_core.wire.envelope import mpr_version
from mpr_core.wire.health import Ready
from tests.free_port import free_port
from tests.mpr_core.doctor.json_server import served

READY = "/v2/health/ready"
MODELS = '{"data": [{"id": "llava"}, {"id": "qwen-vl"}]}'


def ready(version: str) -> str:
    return Ready(version=version, models={"reader": "sha256:1"}).model_dump_json()


@pytest.mark.parametrize(
    ("code", "body", "state", "said"),
    [
        (200, ready(mpr_version()), "ok", f"ready, version {mpr_version()}, reader"),
        (200, ready("0.0.9"), "failure", f"MPR is {mpr_version()}, the host is 0.0.9"),
        (200, "{}", "failure", "this is no inference host"),
        (200, "<html>", "failure", "this is no inference host"),
        (401, "{}", "failure", "does not take the token"),
        (503, "{}", "failure", "503: not ready"),
    ],
)
def test_the_inference_host_is_ready_only_with_this_version(code: int, body: str, state: str, said: str) -> None:
    with served({READY: (code, body)}) as server:
        (found,) = inference_host(HostAccess(server.url + "/", SecretStr("t0ken")))
        assert server.shown == ["Bearer t0ken"]
    assert (found.state, said in found.found) == (state, True), found.found
    assert "t0ken" not in found.model_dump_json()


def test_what_is_not_configured_is_well() -> None:
    assert [one.state for one in (*inference_host(None), *language_model("", "", ""))] == ["ok", "ok"]


def test_a_host_that_is_not_there_is_said_with_its_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    (found,) = inference_host(HostAccess(url))
    assert found.state == "failure"
    assert found.found.startswith(f"{url}: not ready (connection refused)")
    assert "INFERENCE_URL" in found.remedy


@pytest.mark.parametrize(
    ("model", "body", "state", "said"),
    [
        ("llava", MODELS, "ok", "has llava, qwen-vl"),
        ("", MODELS, "warning", "has llava, qwen-vl; VLM_MODEL is not set"),
        ("gemma", MODELS, "failure", "has llava, qwen-vl, not gemma"),
        ("gemma", '{"data": []}', "failure", "has no model, not gemma"),
        ("gemma", "[]", "failure", "lists no models"),
    ],
)
def test_the_vlm_endpoint_has_the_model_that_is_asked_for(model: str, body: str, state: str, said: str) -> None:
    with served({"/v1/models": (200, body)}) as server:
        (found,) = language_model(server.url + "/v1", model, "")
        assert server.shown == [""]
    assert (found.state, said in found.found) == (state, True), found.found


def test_a_key_is_never_shown_not_even_one_that_cannot_be_sent() -> None:
    with served({"/v1/models": (200, MODELS)}) as server:
        (taken,) = language_model(server.url + "/v1", "llava", "k3y-of-the-tests\n")
        (refused,) = language_model(server.url + "/v1", "llava", "k3y\nof-the-tests")
        assert server.shown == ["Bearer k3y-of-the-tests"]
    assert (taken.state, refused.state) == ("ok", "failure")
    assert "of-the-tests" not in refused.model_dump_json()


def test_an_endpoint_is_found_whose_address_has_a_login_in_it() -> None:
    with served({"/v1/models": (200, MODELS)}) as server:
        (found,) = language_model(server.url.replace("://", "://me:s3cret@") + "/v1", "llava", "k3y")
    assert (found.state, "s3cret" in found.found) == ("ok", False), found.found


def test_a_key_does_not_go_where_a_server_points_to() -> None:
    with served({"/v1/models": (200, MODELS)}) as elsewhere:
        moved = {"/v1/models": (307, "")}
        with served(moved, {"Location": elsewhere.url + "/v1/models"}) as server:
            (found,) = language_model(server.url + "/v1", "llava", "k3y")
        assert elsewhere.shown == []
    assert (found.state, "answers 307" in found.found) == ("failure", True), found.found


def test_a_login_in_an_address_is_not_shown() -> None:
    assert without_login("https://me:secret@host:8000/v1") == "https://host:8000/v1"
    assert without_login("https://host/v1") == "https://host/v1"
