"""A stage is tried again when what stopped it may be gone the next time, and never otherwise.

The store has waited by itself before (`MPR_S3_PATIENCE_S`); this is for an outage that is longer. `mpr run` has someone who sees the error
at once and decides, so that its runs say 0 in Dagster's own tag; a run out of the queue has no one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from mpr_core.errors import ConfigError, MprError
from mpr_dagster.home import Home

# Dagster's daemon reads the same tag for runs whose process died.
MOST_RETRIES_TAG = "dagster/max_retries"
_MOST_RETRIES = 2


@contextmanager
def tried_again(home: Home, run: dg.DagsterRun, attempt: int) -> Iterator[None]:
    """Have Dagster run the step again, later, when the block fails for a transient reason.

    Args:
        attempt: how often the step was tried before.
    Raises:
        dagster.RetryRequested: it is to be tried again.
        MprError: it is not: the reason is permanent, or the tries are used up. Unchanged, for whoever looks at its class.
    """
    try:
        yield
    except MprError as error:
        most = most_retries(run)
        if not error.transient or attempt >= most:
            raise
        raise dg.RetryRequested(most, home.settings.retry_wait_s * 4**attempt) from error


def most_retries(run: dg.DagsterRun) -> int:
    """How often a stage of the run may be tried again.

    Raises:
        ConfigError: the tag is no number.
    """
    said = run.tags.get(MOST_RETRIES_TAG, str(_MOST_RETRIES))
    if not said.isdecimal():
        raise ConfigError(
            "not a number of retries",
            where=f"tag {MOST_RETRIES_TAG}",
            why=f"it is {said!r}",
            remedy="write 0, 1, 2 ...",
        )
    return int(said)
