"""`mpr ui` where it cannot start; tests/services/ui has it running."""

from __future__ import annotations

import socket

from tests.mpr_dagster.command_line import CommandLine


def test_a_port_that_is_taken_is_refused_before_a_second_daemon_is_started(empty: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = empty("ui", "--port", str(port))
    assert said.code == 2
    assert said.out == ""
    first, why, remedy = said.err.splitlines()
    assert first == f"mpr: nothing can listen there: 127.0.0.1:{port}"
    assert why.strip() == "why: address already in use"
    assert "end it, or choose another --port" in remedy
    assert not (empty.home / "dagster").exists()


def test_a_port_that_there_is_not_is_refused(empty: CommandLine) -> None:
    assert empty("ui", "--port", "65536").code == 2
