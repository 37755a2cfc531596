"""Without the token nothing is answered, and a host that others can reach does not start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import httpx
import pytest
from asking import EVERY, post
from gpu_service.router import PATHS
from gpu_service.settings import read_settings

from mpr_core.errors import ConfigError
from mpr_core.wire import routes

WRONG = [None, "", "Bearer", "Bearer wrong", "Basic dDprZW4=", "bearer t0ken-of-the-tests", "t0ken-of-the-tests"]


@pytest.mark.parametrize("path", [*PATHS, routes.MODELS + "/yolo", "/docs", "/openapi.json", "/nosuch"])
def test_every_path_wants_the_token(host: httpx.Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, host.base_url.join(path), trust_env=False)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (401, "unauthorised")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("shown", WRONG)
def test_no_other_word_opens_it(host: httpx.Client, shown: str | None) -> None:
    with httpx.Client(base_url=host.base_url, headers={"Authorization": shown} if shown else {}) as stranger:
        assert stranger.get(routes.LIVE).status_code == 401


def test_two_tokens_are_none(host: httpx.Client) -> None:
    twice = [("Authorization", host.headers["Authorization"]), ("Authorization", "Bearer other")]
    assert httpx.get(host.base_url.join(routes.LIVE), headers=twice).status_code == 401


def test_a_stranger_is_turned_away_before_the_images_are_read(host: httpx.Client) -> None:
    with httpx.Client(base_url=host.base_url) as stranger:
        assert post(stranger, "/ocr", *EVERY["/ocr"]).status_code == 401


def started(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name != "INFERENCE_TOKEN"}
    return subprocess.run(
        [sys.executable, "-m", *words], env=own | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_host_without_a_token_does_not_listen_for_other_machines() -> None:
    done = started("gpu_service", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert "INFERENCE_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_application_does_not_start_without_a_token_wherever_it_is_to_listen() -> None:
    done = started("uvicorn", "gpu_service.app:app", "--port", "0")
    assert done.returncode != 0
    assert "INFERENCE_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_does_not_fit_is_named() -> None:
    done = started("gpu_service", GPU_ENGINE="abacus")
    assert done.returncode == 2
    assert "GPU_ENGINE" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["99999", "0", "http"])
def test_a_port_that_there_is_not_is_refused_instead_of_another_one_taken(port: str) -> None:
    done = started("gpu_service", "--port", port)
    assert done.returncode == 2
    assert "no number from 1 to 65535" in done.stderr


def test_a_port_that_is_taken_is_said_before_models_are_loaded_for_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = started("gpu_service", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_from_a_file_is_taken_without_its_line_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFERENCE_TOKEN", "t0ken-of-the-tests\n")
    assert read_settings().token.get_secret_value() == "t0ken-of-the-tests"


@pytest.mark.parametrize("token", ["\n", "t0ken of-the-tests"])
def test_a_token_that_nobody_could_show_starts_no_host(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("INFERENCE_TOKEN", token)
    with pytest.raises(ConfigError, match="INFERENCE_TOKEN") as refused:
        read_settings().secured()
    assert "of-the-tests" not in str(refused.value)
