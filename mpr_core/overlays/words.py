"""Numbers and texts as captions and labels have them."""

from __future__ import annotations

_TEXT_LENGTH = 30


def counted(count: int, one: str, more: str = "") -> str:
    """'1 box', '2 boxes'."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def cut_text(text: str, most: int = _TEXT_LENGTH) -> str:
    """A text short enough for a label, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
