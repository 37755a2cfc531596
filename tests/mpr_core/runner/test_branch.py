"""A branch reads one node and what it rests on, wherever the heads stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.errors import InputError
from mpr_core.runner.branch import Branch
from mpr_core.stages.match_brands import Decisions
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.tables import values
from tests.mpr_core.whole_pipeline import Pipeline

BRANDS = [Brand(canonical_name="Vantelo")]
SEGMENTS_OF_2_S = {"extract_frames": {"segment_s": 2}}


@pytest.fixture
def pipe(pipeline: Callable[..., Pipeline], short_film: Path, other_film: Path) -> Pipeline:
    made = pipeline()
    made.ingest("match", [short_film, other_film], BRANDS)
    return made


def test_a_branch_holds_its_own_nodes(pipe: Pipeline) -> None:
    first = pipe.run("match", SEGMENTS_OF_2_S)
    strict = pipe.run("match", SEGMENTS_OF_2_S | {"match_brands": {"min_score": 95}})
    branch = Branch(pipe.catalog, strict["compile_report"])
    assert branch.node("match_brands").id == strict["match_brands"].id != first["match_brands"].id
    assert branch.node("run_ocr").id == first["run_ocr"].id
    assert branch.stages[0] == "extract_frames"
    assert branch.stages[-1] == "compile_report"
    assert "VANTELO" in {text.upper() for text in values(branch.payload("run_ocr", 0, TextLines).texts, "text")}
    with pytest.raises(TypeError):
        branch.payload("run_ocr", 0, Decisions)


def test_a_second_of_the_timeline_is_found_in_its_chunk(pipe: Pipeline) -> None:
    branch = Branch(pipe.catalog, pipe.run("match", SEGMENTS_OF_2_S, stages=["extract_frames"])["extract_frames"])
    assert len(branch.segments) == 4
    place = branch.place(4.5)
    assert (place.index, place.segment.chunk_index, float(place.chunk_s)) == (2, 1, 0.5)
    assert branch.offset_s(2) == 4.0
    for outside in (-0.1, 6.4):
        with pytest.raises(InputError, match="outside the timeline"):
            branch.place(outside)


def test_a_later_stage_is_not_part_of_a_branch(pipe: Pipeline) -> None:
    nodes = pipe.run("match", stages=["extract_frames", "filter_scenes"])
    with pytest.raises(InputError, match="does not rest on that stage"):
        Branch(pipe.catalog, nodes["filter_scenes"]).node("run_ocr")


def test_a_node_of_other_source_video_is_refused(pipe: Pipeline, short_film: Path, other_film: Path) -> None:
    nodes = pipe.run("match", stages=["extract_frames"])
    pipe.ingest("match", [other_film, short_film], BRANDS, replace=True)
    with pytest.raises(InputError, match="other source video"):
        Branch(pipe.catalog, nodes["extract_frames"])
