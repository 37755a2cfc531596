"""Work that nobody waits for, or that takes too long, ends at the next picture and gives its place back."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import anyio
import httpx
import pytest
from asking import BOARD_QUAD, field, jpeg, parts, pitch, post, preprocess
from gpu_service.app import create_app
from serving import AUTHORIZED, TOKEN, HeldBack, StandIn, served, settings, wait_until

from mpr_core.inference.in_process import InProcess
from mpr_core.wire import routes
from mpr_core.wire.segment_field import SegmentFieldRequest

FRAME = jpeg(pitch())


class Counting(HeldBack):
    """Held back before each picture; `seen` is how many were looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def segment_field(self, frames, config):  # type: ignore[no-untyped-def]
        for frame in frames:
            self.seen += 1
            self.began.release()
            self.go.wait(60)
            yield from InProcess.segment_field(self, [frame], config)


class Slow(InProcess):
    """Takes a while for each picture."""

    seen = 0

    def segment_field(self, frames, config):  # type: ignore[no-untyped-def]
        for frame in frames:
            self.seen += 1
            time.sleep(0.3)
            yield from InProcess.segment_field(self, [frame], config)


@pytest.fixture
def held() -> Iterator[Counting]:
    held = Counting()
    yield held
    held.go.set()


def three_frames() -> tuple[SegmentFieldRequest, list[bytes]]:
    asked = field()
    images = tuple(asked.images[0].model_copy(update={"id": name}) for name in "abc")
    return asked.model_copy(update={"images": images}), [FRAME] * 3


def taken(client: httpx.Client) -> float:
    (line,) = [one for one in client.get("/metrics").text.splitlines() if one.startswith("gpu_service_requests_taken ")]
    return float(line.split()[1])


def test_a_client_that_goes_away_frees_its_place_at_the_next_picture(held: Counting) -> None:
    asked, pictures = three_frames()
    with served(settings(max_running=1, max_waiting=0), lambda _: StandIn(held)) as client:
        with httpx.Client(base_url=client.base_url, headers=AUTHORIZED, timeout=1, trust_env=False) as impatient:
            with pytest.raises(httpx.ReadTimeout):
                post(impatient, "/segment_field", asked, *pictures)
            assert held.began.acquire(timeout=60)
            assert post(client, "/segment_field", asked, *pictures).status_code == 429, "a picture is finished first"
        held.go.set()
        wait_until(lambda: taken(client) == 0)
        assert held.seen == 1
        assert post(client, "/segment_field", asked, *pictures).status_code == 200


def test_a_server_that_cancels_a_request_keeps_its_place_until_the_thread_has_ended(held: Counting) -> None:
    """As Ray Serve does when a client goes away."""
    app = create_app(settings(max_running=1, max_waiting=0), lambda _: StandIn(held))

    async def leave_while_it_is_worked_on() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://host", headers=AUTHORIZED, timeout=60) as client,
        ):
            while (await client.get(routes.READY)).status_code != 200:
                await asyncio.sleep(0.02)
            asked, pictures = three_frames()
            leaving = asyncio.create_task(client.post("/segment_field", files=parts(asked, *pictures)))
            await anyio.to_thread.run_sync(held.began.acquire)
            leaving.cancel()
            await asyncio.wait({leaving}, timeout=0.1)
            assert (await client.post("/segment_field", files=parts(asked, *pictures))).status_code == 429
            held.go.set()
            await asyncio.wait({leaving})
            assert leaving.cancelled()
            assert held.seen == 1
            assert (await client.post("/segment_field", files=parts(asked, *pictures))).status_code == 200
            assert 'path="/segment_field",status="504"} 1.0' in (await client.get(routes.METRICS)).text

    asyncio.run(leave_while_it_is_worked_on())


def test_a_client_that_goes_away_before_its_request_has_come_is_no_failure_of_the_host(
    held: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST /segment_field HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n"
    begun = f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode()
    with served(settings(), lambda _: StandIn(held)) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as connection:
            connection.sendall(begun)
            wait_until(lambda: taken(client) == 1)
        wait_until(lambda: taken(client) == 0)
        assert 'path="/segment_field",status="504"} 1.0' in client.get(routes.METRICS).text
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_request_that_takes_too_long_is_told_so_and_worked_on_no_further() -> None:
    slow = Slow()
    asked, pictures = three_frames()
    with served(settings(work_within_s=0.1), lambda _: StandIn(slow)) as client:
        answer = post(client, "/segment_field", asked, *pictures)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (504, "timeout")
        assert "GPU_WORK_WITHIN_S" in answer.json()["error"]["remedy"]
        assert slow.seen == 1
        assert taken(client) == 0


def test_many_large_quads_of_one_frame_are_refused_before_it_is_decoded(host: httpx.Client) -> None:
    everything = (0.0, 0.0, 639.0, 0.0, 639.0, 359.0, 0.0, 359.0)
    answer = post(host, "/preprocess", preprocess(*[everything] * 4000), FRAME)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (413, "too_large")
    assert "quads" in answer.json()["error"]["remedy"]
    flat = (0.0, 5.0, 639.0, 5.0, 639.0, 6.0, 0.0, 6.0)
    assert post(host, "/preprocess", preprocess(*[flat] * 4000), FRAME).status_code == 413
    assert post(host, "/preprocess", preprocess(*[BOARD_QUAD] * 40), FRAME).status_code == 200
