"""What is asked of a run, and what it answers: run tags, so that it works with every executor, launcher and database.

mpr/control              pause | run | step | stop, and whom it is for: written by who asks
mpr/control.pause-after  on | off: pause before every next stage
mpr/control.state        running | paused | stopped: written by the run; Dagster's own filter finds the paused ones by it.
                         cleared, and whose: by `mpr clear`
mpr/control.answer       the rest of the answer, JSON: where, since when, and which request it answers

Dagster copies a run's tags to its re-execution, so each value that MPR writes names the run it is for; one without a name (given at
launch) is for whatever run has it. Dagster writes all tags of a run at once, so of two writers at the same moment one is lost: both
sides look again, and write again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal, cast, get_args

import dagster as dg
from pydantic import ValidationError

from mpr_core.errors import ConfigError
from mpr_core.record import Record

CONTROL_TAG = "mpr/control"
PAUSE_AFTER_TAG = "mpr/control.pause-after"
STATE_TAG = "mpr/control.state"
ANSWER_TAG = "mpr/control.answer"
CLEARED = "cleared"

Word = Literal["pause", "run", "step", "stop"]
State = Literal["running", "paused", "stopped"]
_SHORT = 8


class Answer(Record):
    """What a run said last.

    Attributes:
        request: the value of `mpr/control` that it answers; empty when it came to this by itself.
        since: Unix time, seconds.
    """

    run: str
    state: State
    stage: str = ""
    place: str = ""
    since: float
    request: str = ""


@dataclass(frozen=True)
class Control:
    """The control tags of one run."""

    word: Word | None
    request: str
    pause_after: bool
    answer: Answer | None

    @property
    def state(self) -> State:
        return self.answer.state if self.answer else "running"

    @property
    def answered(self) -> bool:
        """Whether the run has said something to what is asked."""
        return not self.request or (self.answer is not None and self.answer.request == self.request)


def control_of(run: dg.DagsterRun) -> Control:
    """The control tags that are this run's own. One whose value does not fit asks for nothing: the run itself refuses it."""
    request, toggle = _for_run(run, CONTROL_TAG), _for_run(run, PAUSE_AFTER_TAG).partition(" ")[0]
    word = request.partition(" ")[0]
    known = word in get_args(Word)
    return Control(cast(Word, word) if known else None, request if known else "", toggle == "on", _answer(run))


def refuse_unfit(run: dg.DagsterRun) -> None:
    """Refuse what was misspelt at launch, before the run does what nobody meant.

    Raises:
        ConfigError: a control tag has a value that does not fit.
    """
    for tag, allowed in ((CONTROL_TAG, get_args(Word)), (PAUSE_AFTER_TAG, ("on", "off"))):
        value = _for_run(run, tag).partition(" ")[0]
        if value and value not in allowed:
            raise ConfigError(
                "not a request", where=f"tag {tag}", why=f"it is {value!r}", remedy=f"write one of {', '.join(allowed)}"
            )


def is_paused(control: Control) -> bool:
    """Whether the run is paused, or was asked to be and has not answered yet."""
    return control.state == "paused" or (control.word == "pause" and not control.answered)


def request_tag(run: dg.DagsterRun, word: Word) -> str:
    """A value of `mpr/control` that is like no other."""
    return f"{word} {run.run_id[:_SHORT]}.{secrets.token_hex(3)}"


def pause_after_tag(run: dg.DagsterRun, on: bool) -> str:
    return f"{'on' if on else 'off'} {run.run_id[:_SHORT]}"


def answer_tags(answer: Answer) -> dict[str, str]:
    return {STATE_TAG: answer.state, ANSWER_TAG: answer.model_dump_json(exclude_defaults=True)}


def cleared_tags(run: dg.DagsterRun) -> dict[str, str]:
    """What to write over the control tags that are there, as Dagster cannot take a tag away, and that it was done."""
    gone = {name: CLEARED for name in (CONTROL_TAG, PAUSE_AFTER_TAG, ANSWER_TAG) if name in run.tags}
    return gone | {STATE_TAG: _cleared_state(run)}


def is_cleared(run: dg.DagsterRun) -> bool:
    """Whether `mpr clear` has dropped what this run kept of itself."""
    return run.tags.get(STATE_TAG) == _cleared_state(run)


def _cleared_state(run: dg.DagsterRun) -> str:
    return f"{CLEARED} {run.run_id[:_SHORT]}"


def _for_run(run: dg.DagsterRun, tag: str) -> str:
    """A tag's value, empty if there is none or it was copied from another run."""
    value = run.tags.get(tag, "").strip()
    _, _, whom = value.partition(" ")
    return value if value != CLEARED and (not whom or whom.startswith(run.run_id[:_SHORT])) else ""


def _answer(run: dg.DagsterRun) -> Answer | None:
    try:
        answer = Answer.model_validate_json(run.tags.get(ANSWER_TAG, ""))
    except ValidationError:  # none yet, or cleared
        return None
    return answer if answer.run == run.run_id else None
