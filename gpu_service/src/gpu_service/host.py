"""What one running host consists of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from gpu_service.backend import Backend
from gpu_service.drain import draining_on_sigterm
from gpu_service.metrics import Metrics
from gpu_service.readiness import Readiness
from gpu_service.settings import HostSettings
from gpu_service.slots import Slots


class Host:
    """Settings, models, places and figures, from the server's start to its end."""

    def __init__(self, settings: HostSettings, backend: Backend) -> None:
        self.settings, self.backend = settings, backend
        self.slots = Slots(settings.max_running, settings.max_waiting)
        self.readiness = Readiness(self.slots)
        self.metrics = Metrics(lambda: self.slots.taken, lambda: self.readiness.ready)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the models while the server says that it is not ready yet; let them go at the end."""
        with draining_on_sigterm(self.slots, self.settings.drain_s):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.readiness.load, self.backend)
                try:
                    yield
                finally:
                    tasks.cancel_scope.cancel()
                    await anyio.to_thread.run_sync(self.backend.close)
