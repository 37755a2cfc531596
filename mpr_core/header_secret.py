"""Secrets that are sent in a header of HTTP."""

from __future__ import annotations

import re


def fits_a_header(secret: str) -> bool:
    """Whether a header can hold it; where not, whatever sends it says so in words that show it."""
    return re.fullmatch(r"[!-~]*", secret) is not None
