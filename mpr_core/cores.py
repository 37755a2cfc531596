"""How many cores this process may keep busy: a container is often given fewer than the machine has."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


@lru_cache(maxsize=1)
def cores() -> int:
    """At least 1: what the machine has, as far as the affinity and the quota of the container (cgroup) allow."""
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = quota_cores(_CGROUP)
    return given if quota is None else max(1, min(given, math.ceil(quota)))


def quota_cores(cgroup: Path) -> float | None:
    """The share of time that a container is given, in cores; None where there is no limit, or none that can be read.

    Args:
        cgroup: where the container sees its own group: of version 2, or of version 1 with its `cpu` below.
    """
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota, period = (
                (cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period")
            )
        except OSError:
            return None
    try:
        found = float(quota) / float(period)  # 'max' and -1 are no limit
    except (ValueError, ZeroDivisionError):
        return None
    return found if found > 0 else None
