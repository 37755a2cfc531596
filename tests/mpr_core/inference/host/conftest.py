"""One host for the tests of a module, well behaved when each begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mpr_core.inference.in_process import InProcess
from tests.mpr_core.inference.host.stand_in_host import StandInHost, standing_in


@pytest.fixture(scope="module")
def host(models: InProcess) -> Iterator[StandInHost]:
    with standing_in(models) as started:
        yield started


@pytest.fixture(autouse=True)
def well_behaved(host: StandInHost) -> None:
    host.misbehave = lambda _path, _number: None
    host.asked = []
    host.digests.clear()
    host.shown.clear()
    host.models = {}
