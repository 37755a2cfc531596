"""A busy host says so, at once and for whoever is one too many; those it took are answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from asking import field, jpeg, pitch, post
from serving import HeldBack, StandIn, served, settings, wait_until

QUESTION = (field(), jpeg(pitch()))


@pytest.fixture
def held() -> Iterator[HeldBack]:
    held = HeldBack()
    yield held
    held.go.set()


def taken(client: httpx.Client) -> bool:
    return "gpu_service_requests_taken 3.0" in client.get("/metrics").text


def test_one_too_many_is_told_to_come_again_and_the_others_are_answered(held: HeldBack) -> None:
    with (
        served(settings(max_running=1, max_waiting=2), lambda _: StandIn(held)) as client,
        ThreadPoolExecutor(3) as pool,
    ):
        first = [pool.submit(post, client, "/segment_field", *QUESTION) for _ in range(3)]
        wait_until(lambda: taken(client))
        refused = post(client, "/segment_field", *QUESTION)
        assert (refused.status_code, refused.json()["error"]["kind"]) == (429, "overloaded")
        assert int(refused.headers["Retry-After"]) >= 1
        assert client.get("/v2/health/ready").status_code == 200, "a busy host is ready"
        held.go.set()
        assert [answer.result().status_code for answer in first] == [200, 200, 200]
        assert post(client, "/segment_field", *QUESTION).status_code == 200


def test_a_failure_of_ours_is_told_without_its_cause_which_stands_in_the_log(
    held: HeldBack, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> Iterator[None]:
        raise ValueError("a path: /models/secret")

    held.segment_field = failing  # type: ignore[method-assign]
    with served(settings(), lambda _: StandIn(held)) as client:
        answer = post(client, "/segment_field", *QUESTION)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (500, "internal")
        assert "secret" not in answer.text
        (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.getMessage() == f"request '{QUESTION[0].request_id}' failed"
        assert client.get("/v2/health/live").status_code == 200
