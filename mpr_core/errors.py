"""The one error family: each error says what failed, where, why, and what to do about it.

`InputError` is the user's mistake (exit code 2), `RunLeft` no mistake at all (3), any other `MprError` is ours or the machine's (1).
`transient` tells retry layers whether the same call may succeed later.
"""

from __future__ import annotations


class MprError(Exception):
    """A failure with a cause and a remedy.

    Args:
        what: what failed, one clause.
        where: the file, key, field or stage it failed at.
        why: the cause.
        remedy: what the reader should do.
    """

    exit_code = 1
    transient = False

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        self.what, self.where, self.why, self.remedy = what, where, why, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.what}: {self.where}" if self.where else self.what
        return "\n".join(
            [head] + ([f"  why: {self.why}"] if self.why else []) + ([f"  do:  {self.remedy}"] if self.remedy else [])
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.why, self.remedy))


def _rebuild(cls: type[MprError], what: str, where: str, why: str, remedy: str) -> MprError:
    return cls(what, where=where, why=why, remedy=remedy)


class InputError(MprError):
    """The user's mistake: a bad file, a bad value, an unknown name."""

    exit_code = 2


class MediaRefused(InputError):
    """A source video that is not accepted: unreadable, too large, not a video, a playlist in disguise."""


class ConfigError(InputError):
    """A profile, a `--set` or a run config that does not validate."""


class BrandListError(InputError):
    """A brand file that cannot be read or contradicts itself."""


class UnknownTimeline(InputError):
    """A timeline that was never ingested."""


class UnknownNode(InputError):
    """A node or label that is not there, or a short id that fits several."""


class ModelMissing(MprError):
    """A model file is absent or its sha256 is not the expected one."""


class InferenceRefused(InputError):
    """The inference host turns every such request down until someone mends it: token, version, address, or what is asked."""


class InferenceFailed(MprError):
    """The inference host answered that it failed, or something that is no answer."""


class InferenceChanged(MprError):
    """The inference host's models became others while a stage ran."""

    transient = True


class InferenceUnavailable(MprError):
    """The inference host did not answer; the same call may succeed later."""

    transient = True


class FormatMismatch(MprError):
    """A stored document has a format version this code does not read."""


class PartMissing(MprError):
    """A part that a node names is not in the store any more."""


class RunLeft(MprError):
    """A run was left between two segments because someone asked for it; what was finished stays."""

    exit_code = 3


class RunStopped(RunLeft):
    """Left for good."""


class RunPaused(RunLeft):
    """Left after a long pause, to be taken up again."""


class StoreError(MprError):
    """The object store refused or lost something."""


class StoreRefused(InputError, StoreError):
    """The store turns every such request down until someone mends it: bucket, key, rights, region or clock are wrong."""


class StoreUnavailable(StoreError):
    """The object store did not answer; the same call may succeed later."""

    transient = True
