"""An error says what failed, where, why and what to do, and survives the way to another process."""

from __future__ import annotations

import pickle

import pytest

from mpr_core.errors import ConfigError, InputError, MediaRefused, ModelMissing, MprError, StoreUnavailable


def test_the_text_of_an_error_has_its_cause_and_remedy_on_lines_of_their_own() -> None:
    error = MediaRefused("not a video", where="a.mp4", why="it is text", remedy="choose another")
    assert str(error) == "not a video: a.mp4\n  why: it is text\n  do:  choose another"
    assert str(MprError("failed")) == "failed"


@pytest.mark.parametrize("kind", [MprError, InputError, ConfigError, ModelMissing, StoreUnavailable])
def test_an_error_crosses_processes_whole(kind: type[MprError]) -> None:
    error = kind("x", where="y", why="z", remedy="w")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert type(again) is kind
    assert (again.what, again.where, again.why, again.remedy) == ("x", "y", "z", "w")
    assert str(again) == str(error)


def test_the_users_mistakes_exit_with_two_and_everything_else_with_one() -> None:
    assert (InputError.exit_code, ConfigError.exit_code, MediaRefused.exit_code) == (2, 2, 2)
    assert (MprError.exit_code, ModelMissing.exit_code, StoreUnavailable.exit_code) == (1, 1, 1)
