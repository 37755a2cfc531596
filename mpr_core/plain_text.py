"""Text of a stranger's, as it may be shown and stored: without what steers a terminal, and what UTF-8 cannot hold."""

from __future__ import annotations

import unicodedata


def without_controls(text: str) -> str:
    """The text without control characters, other than those of lines and tabs, and without halves of surrogate pairs."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
