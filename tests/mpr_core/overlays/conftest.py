"""What the tests of overlays look at: a timeline of three chunks (a drawn match, signs without a field, black), run with all stages on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.inference.in_process import InProcess
from mpr_core.lineage.node import Node
from mpr_core.overlays.source import Source
from mpr_core.runner.branch import Branch
from mpr_core.runner.context import Services
from mpr_core.synth.brands import SHOWN
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.write import synthesize
from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import ALL_SKIPPABLE_ON, Pipeline

MATCH_S, SIGNS_S, BLACK_S = 4, 4, 1
SIGNS_AT = MATCH_S + 0.5
"""A timeline second at which signs are on screen and no field."""
BLACK_AT = MATCH_S + SIGNS_S + 0.5


@dataclass(frozen=True)
class Ran:
    """A finished run and where it lies."""

    pipe: Pipeline
    nodes: dict[str, Node]
    services: Services

    def branch(self, stage: str = "compile_report") -> Branch:
        return Branch(self.pipe.catalog, self.nodes[stage])

    def source(self, stage: str) -> Source:
        return Source(self.branch(), stage)


@pytest.fixture(scope="session")
def chunks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("overlays")
    spec = SynthSpec(seconds=MATCH_S, seed=1, width=640, height=360, fps=Fraction(10), kind="match")
    synthesize(spec, folder / "match.mp4")
    signs = (Sign("VANTELO", (30, 50), 22), Sign("Oltesso", (30, 120), 22), Sign("Zürich", (200, 20), 18))
    still = Shot(Fraction(SIGNS_S), signs, place=4, grain=0.0)
    draw_film(folder / "signs.mp4", (still,), size_px=(320, 180))
    _black(folder / "black.mp4")
    return [folder / "match.mp4", folder / "signs.mp4", folder / "black.mp4"]


@pytest.fixture(scope="session")
def ran(chunks: list[Path], models: InProcess) -> Ran:
    """For reading only, but for overlays."""
    pipe = Pipeline(None, models)
    names = dict.fromkeys(["Vantelo", "Oltessa", *(drawn.canonical_name for drawn in SHOWN)])
    pipe.ingest("match", chunks, [Brand(canonical_name=name) for name in names])
    nodes = pipe.run("match", ALL_SKIPPABLE_ON | {"extract_frames": {"segment_s": 2}})
    return Ran(pipe, nodes, pipe.services())


@pytest.fixture
def fresh(ran: Ran) -> Callable[[], None]:
    """Forget every overlay that is stored."""

    def forget() -> None:
        ran.pipe.media_out.delete([key for key, _ in ran.pipe.media_out.keys("overlays")])

    forget()
    return forget


def _black(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(10 * BLACK_S):
            frame = av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
