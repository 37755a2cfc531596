"""What a node is compared with belongs to the latest request, not to the run that happened to compute it first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mpr_core.brands.brand_list import Brand
from mpr_core.lineage.cache import delete_cache
from mpr_core.runner.parts import find_parts
from tests.mpr_core.whole_pipeline import Pipeline

Make = Callable[..., Pipeline]
BRANDS = (Brand(canonical_name="Globex"),)


def test_a_cached_node_states_the_changes_of_the_run_that_asks_now(short_film: Path, pipeline: Make) -> None:
    one = pipeline()
    one.ingest("match", [short_film], BRANDS)
    plain = one.run("match")
    changed = one.run("match", {"match_brands": {"min_score": 88}})
    assert changed["match_brands"].config_changes == {"min_score": 88.0}
    again = one.run("match")
    assert again["match_brands"].id == plain["match_brands"].id
    assert again["match_brands"].config_changes == {}
    stated = {stage.name: stage.config_changes for stage in one.report(again).stages}
    assert stated["match_brands"] == {}


def test_deleting_a_cache_takes_the_parts_of_a_run_that_never_wrote_its_node(short_film: Path, pipeline: Make) -> None:
    one = pipeline()
    timeline = one.ingest("match", [short_film], BRANDS)
    nodes = one.run("match", stages=("extract_frames",))
    for key, _ in list(one.media_out.keys("timelines/match/nodes")):
        one.media_out.delete([key])  # as after kill -9: parts, but no node yet
    delete_cache(one.catalog, timeline.id)
    recipes = [part.recipe for part in nodes["extract_frames"].parts]
    assert recipes
    assert find_parts(one.media_out, "extract_frames", recipes) == [None] * len(recipes)
    assert list(one.media_out.keys("frames")) == []
