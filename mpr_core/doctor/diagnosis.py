"""One examined thing, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import model_validator

from mpr_core.errors import MprError
from mpr_core.record import Record

State = Literal["ok", "warning", "failure"]


class Diagnosis(Record):
    """What was found.

    Attributes:
        name: what was examined.
        state: `warning` limits what can be done, `failure` has to be mended.
        found: one sentence.
        remedy: what to do; empty only where nothing has to be done.
    """

    name: str
    state: State
    found: str
    remedy: str = ""

    @model_validator(mode="after")
    def _says_what_to_do(self) -> Diagnosis:
        if (self.state == "ok") == bool(self.remedy):
            raise ValueError("a remedy belongs to a warning or failure, and to each of them")
        return self


Examination = Callable[[], Iterator[Diagnosis]]


def examined(name: str, examination: Examination) -> list[Diagnosis]:
    """All that an examination finds; one that breaks is itself a failure."""
    found: list[Diagnosis] = []
    try:
        found.extend(examination())
    except MprError as error:
        where = f"{error.what}: {error.where}" if error.where else error.what
        said = f"{where} ({error.why})" if error.why else where
        found.append(Diagnosis(name=name, state="failure", found=said, remedy=error.remedy or "see above"))
    except OSError as error:
        said = f"{error.filename or name}: {(error.strerror or str(error)).lower()}"
        found.append(
            Diagnosis(name=name, state="failure", found=said, remedy="check its path, its rights and free space")
        )
    except Exception as error:  # noqa: BLE001 - whatever is broken here must not hide what else is
        said = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
        remedy = "mend what it names; if that does not help, report it"
        found.append(Diagnosis(name=name, state="failure", found=said, remedy=remedy))
    return found
