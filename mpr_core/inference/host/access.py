"""How the inference host is reached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from mpr_core.errors import ConfigError
from mpr_core.header_secret import fits_a_header

_NO_SECRET = SecretStr("")


@dataclass(frozen=True)
class HostAccess:
    """An address and what it wants to be shown.

    Attributes:
        url: base address, as `http://host:8000`.
        token: empty sends none.
        patience_s: how long a host that is away, or overloaded, is waited for.
        answer_s: how long one answer may take.
    Raises:
        ConfigError: no header can hold the token.
    """

    url: str
    token: SecretStr = _NO_SECRET
    patience_s: float = 900
    answer_s: float = 60

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", bare_token(self.token))

    @property
    def place(self) -> str:
        """The address without the user and password that may stand in it."""
        return without_login(self.url).rstrip("/")


def without_login(url: str) -> str:
    """An address without the user and password that may stand in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def has_login(text: str) -> bool:
    """Whether a text is an address with a user or password in it."""
    return re.match(r"[a-z][a-z0-9+.-]*://[^/?#]*@", text, re.IGNORECASE) is not None


def bare_token(token: SecretStr) -> SecretStr:
    """The token without the line break that one read from a file brings along.

    Raises:
        ConfigError: it holds a character that no header takes.
    """
    bare = token.get_secret_value().strip()
    if not fits_a_header(bare):
        raise ConfigError(
            "the token of the inference host cannot be used",
            where="INFERENCE_TOKEN",
            why="it holds a character that no token has: a space, a line break or a letter beyond ASCII",
            remedy="set it to the token alone, the same here and on the host",
        )
    return SecretStr(bare)
