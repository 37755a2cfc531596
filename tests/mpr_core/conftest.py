"""What the tests of the core share: one short film, opened models, and pipelines to run it through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings

from mpr_core.inference.in_process import InProcess
from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_core.store.bad_proxy import Proxy, proxied
from tests.mpr_core.store.s3_wire import Wire, moto_wire
from tests.mpr_core.whole_pipeline import OpenModels, Pipeline

# The same examples every time, and no clock: a busy machine is no failure.
settings.register_profile("mpr", deadline=None, derandomize=True)
settings.load_profile("mpr")


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds, 640x360 at 25 frames per second, cuts at 3 and 5.6 s, a keyframe a second (`sign_film.SHOTS`)."""
    return draw_film(tmp_path_factory.mktemp("film") / "signs.mp4")


@pytest.fixture(scope="session")
def short_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, 320x180: Vantelo, then after a cut at 2 s Oltessa."""
    shots = (
        Shot(Fraction(2), (Sign("VANTELO", (30, 50), 22),), place=4, pan_px=10),
        Shot(Fraction(2), (Sign("Oltessa", (90, 80), 24),), place=5, pan_px=-10),
    )
    return draw_film(tmp_path_factory.mktemp("film") / "short.mp4", shots, size_px=(320, 180))


@pytest.fixture(scope="session")
def other_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2.4 seconds, 320x180: Tavikko."""
    shots = (Shot(Fraction(12, 5), (Sign("TAVIKKO", (60, 60), 26),), place=6, pan_px=8),)
    return draw_film(tmp_path_factory.mktemp("film") / "other.mp4", shots, size_px=(320, 180))


@pytest.fixture(scope="session")
def models() -> InProcess:
    """Models that are opened once."""
    return OpenModels()


@pytest.fixture(scope="session")
def moto() -> Iterator[Wire]:
    """moto's server."""
    with moto_wire() as wire:
        yield wire


@pytest.fixture
def proxy(moto: Wire) -> Iterator[Proxy]:
    """A proxy before it, which passes everything on until its plan says otherwise."""
    with proxied(moto) as proxy:
        yield proxy


@pytest.fixture
def pipeline(models: InProcess) -> Callable[..., Pipeline]:
    """`pipeline()` is a new, empty one in memory; `pipeline(folder)` has its stores there."""

    def make(folder: Path | None = None) -> Pipeline:
        return Pipeline(folder, models)

    return make
