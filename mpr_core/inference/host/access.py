"""How the inference host is reached."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

_NO_SECRET = SecretStr("")


@dataclass(frozen=True)
class HostAccess:
    """An address and what it wants to be shown.

    Attributes:
        url: base address, as `http://host:8000`.
        token: empty sends none.
        patience_s: how long a host that is away, or overloaded, is waited for.
        answer_s: how long one answer may take.
    """

    url: str
    token: SecretStr = _NO_SECRET
    patience_s: float = 900
    answer_s: float = 60

    @property
    def place(self) -> str:
        """The address without the user and password that may stand in it."""
        return without_login(self.url).rstrip("/")


def without_login(url: str) -> str:
    """An address without the user and password that may stand in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
