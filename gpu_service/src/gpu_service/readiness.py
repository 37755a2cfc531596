"""Whether the host may be asked: not before its models are loaded, warm and the right ones, and not once it is to end."""

from __future__ import annotations

import logging

import anyio

from gpu_service.backend import Backend
from gpu_service.refusals import Refused
from gpu_service.slots import Slots
from mpr_core.errors import MprError

_LOG = logging.getLogger(__name__)


class Readiness:
    """Loads the backend and remembers how that went."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._failure = ""
        self._models: dict[str, str] | None = None

    @property
    def ready(self) -> bool:
        return self._models is not None and not self._slots.draining

    async def load(self, backend: Backend) -> None:
        """Load; a failure is logged in full and, without paths, told to whoever asks whether the host is ready."""
        try:
            self._models = await anyio.to_thread.run_sync(backend.load)
        except MprError as error:
            _LOG.error("%s", error)
            self._failure = f"{error.what}: see the host's log"
        except Exception:  # noqa: BLE001 - whatever a library raises; the host says that it is not ready
            _LOG.exception("the models do not load")
            self._failure = "the models do not load: see the host's log"
        else:
            _LOG.info("ready: %s", ", ".join(f"{name} {digest}" for name, digest in self._models.items()))

    def models(self) -> dict[str, str]:
        """Model -> digest in force.

        Raises:
            Refused: the host is not ready.
        """
        if self._slots.draining:
            raise _not_ready("it is about to end")
        if self._models is None:
            raise _not_ready(self._failure or "its models are being loaded")
        return self._models


def _not_ready(why: str) -> Refused:
    return Refused("not_ready", "the host is not ready", why=why, remedy="ask again", retry_after_s=1)
