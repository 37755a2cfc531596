"""Python, libraries, models and disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpr_core.doctor import machine
from mpr_core.doctor.diagnosis import Diagnosis, examined
from mpr_core.errors import MprError


@pytest.mark.parametrize(("version", "state"), [((3, 10, 9), "failure"), ((3, 11, 0), "ok"), ((3, 14, 0), "failure")])
def test_only_the_versions_of_python_that_are_supported_pass(version: tuple[int, ...], state: str) -> None:
    (found,) = machine.python(version)
    assert found.state == state


def test_this_machine_has_what_its_tests_ran_with() -> None:
    found = [*machine.libraries(), *machine.models()]
    assert {one.name: one.state for one in found} == {"video": "ok", "inference": "ok", "opencv": "ok", "models": "ok"}


def test_two_wheels_that_share_the_folder_cv2_are_a_failure() -> None:
    found = machine.cv2_wheels({"opencv-python": "5.0", "opencv-python-headless": "5.0"})
    assert (found.state, "opencv-python 5.0, opencv-python-headless 5.0" in found.found) == ("failure", True)
    assert machine.cv2_wheels({}).state == "failure"


@pytest.mark.parametrize(("free_bytes", "state"), [(0, "failure"), (5 << 30, "warning"), (20 << 30, "ok")])
def test_little_disk_warns_and_none_fails(free_bytes: int, state: str) -> None:
    assert machine.disk_diagnosis(free_bytes, Path("/home")).state == state


def test_the_disk_of_a_folder_that_is_not_there_yet_is_known(tmp_path: Path) -> None:
    (found,) = machine.disk(tmp_path / "not" / "there")
    assert "GiB free" in found.found
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MprError("gone", where="here", why="deleted", remedy="make it"), "gone: here (deleted)"),
        (RuntimeError("bang\nmore"), "RuntimeError: bang"),
        (RuntimeError(), "RuntimeError: no message"),
    ],
)
def test_an_examination_that_breaks_is_a_failure_and_keeps_what_it_found(error: Exception, said: str) -> None:
    def examination():  # type: ignore[no-untyped-def]
        yield Diagnosis(name="first", state="ok", found="well")
        raise error

    first, broken = examined("second", examination)
    assert first.name == "first"
    assert (broken.name, broken.state, broken.found) == ("second", "failure", said)
    assert broken.remedy
