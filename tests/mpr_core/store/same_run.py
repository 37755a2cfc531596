"""One short timeline run twice, in folders and on a server's roots: the same nodes, and the same bytes under the same names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mpr_core.brands.brand_list import Brand
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.runner.publish import publish_report
from mpr_core.store.object_store import ObjectStore
from tests.mpr_core.store.s3_wire import Wire
from tests.mpr_core.whole_pipeline import Pipeline

BRANDS = [Brand(canonical_name="Vantelo"), Brand(canonical_name="Oltessa")]
SAME = ("frames", "parts", "reports")
"""What does not say when or by whom it was made."""


def on_wire(pipeline: Pipeline, wire: Wire, root: str) -> Pipeline:
    """The pipeline with its roots in a bucket."""
    pipeline.media_in, pipeline.media_out = wire.store(f"{root}/in"), wire.store(f"{root}/out")
    pipeline.catalog = Catalog(pipeline.media_out)
    return pipeline


def run_short(pipeline: Pipeline, film: Path) -> dict[str, Node]:
    """The film ingested as `short` and run through all stages, in segments of two seconds; its report published."""
    pipeline.ingest("short", [film], BRANDS)
    nodes = pipeline.run("short", {"extract_frames": {"segment_s": 2}})
    publish_report(pipeline.media_out, nodes["compile_report"])
    return nodes


def contents(store: ObjectStore, folder: str) -> dict[str, bytes | None]:
    """Every object below a folder."""
    keys = [key for key, _ in store.keys(folder)]
    return dict(zip(keys, store.get_many(keys), strict=True))


def check_same(make: Callable[[], Pipeline], wire: Wire, root: str, film: Path) -> Pipeline:
    """Run both ways and hold them against each other; returns the one on the wire."""
    there, here = on_wire(make(), wire, root), make()
    made, expected = run_short(there, film), run_short(here, film)
    assert {name: node.id for name, node in made.items()} == {name: node.id for name, node in expected.items()}
    assert contents(there.media_in, "chunks") == contents(here.media_in, "chunks")
    for folder in SAME:
        found = contents(there.media_out, folder)
        assert found == contents(here.media_out, folder)
        assert found
    assert here.report(expected).airings  # something was there to be found
    return there
