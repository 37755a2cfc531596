"""Seconds as people read them, and where a time axis puts its ticks."""

from __future__ import annotations

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


def clock(seconds: float, decimals: int = 3) -> str:
    """`mm:ss.mmm`, from one hour on `h:mm:ss.mmm`."""
    units = 10**decimals
    total = round(seconds * units)
    whole, rest = divmod(total, units)
    hours, minutes, secs = whole // 3600, whole // 60 % 60, whole % 60
    head = f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes:02d}:{secs:02d}"
    return f"{head}.{rest:0{decimals}d}" if decimals else head


def duration(seconds: float) -> str:
    """A length in words short enough for a tile: `5.5 s`, `6 min 42 s`, `1 h 02 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 59.95 else "1 min 00 s"
    total = round(seconds)
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total % 3600 // 60:02d} min"


def ticks(duration_s: float, wanted: int = 8) -> list[tuple[float, str]]:
    """At most about `wanted` round times in [0, `duration_s`] with their labels."""
    if duration_s <= 0:
        return [(0.0, clock(0, 0))]
    step_s = next((step for step in _STEPS_S if duration_s / step <= wanted), _STEPS_S[-1])
    decimals = 0 if step_s >= 1 else 1
    count = int(duration_s / step_s + 1e-9)
    return [(at_s, clock(at_s, decimals)) for at_s in (round(n * step_s, 1) for n in range(count + 1))]
