"""Whole runs with their roots in a bucket: the same as in a folder, whatever the server does with conditions, faults or torn uploads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mpr_core.errors import PartMissing, StoreUnavailable
from mpr_core.report.model import load_report
from mpr_core.runner.parts import find_parts, part_file
from mpr_core.store import keys
from tests.mpr_core.store.bad_proxy import proxied
from tests.mpr_core.store.s3_wire import BUCKET, Wire
from tests.mpr_core.store.same_run import check_same, on_wire, run_short
from tests.mpr_core.whole_pipeline import Pipeline, computed

MakePipeline = Callable[..., Pipeline]


def test_a_run_in_a_bucket_equals_the_run_in_a_folder(pipeline: MakePipeline, moto: Wire, short_film: Path) -> None:
    there = check_same(pipeline, moto, f"s3://{BUCKET}/equal", short_film)
    assert computed(there.run("short", {"extract_frames": {"segment_s": 2}})) == {}


def test_a_server_that_ignores_conditions_and_fails_now_and_then_gives_the_same(
    pipeline: MakePipeline, moto: Wire, short_film: Path
) -> None:
    with proxied(moto) as proxy:
        proxy.drop_headers = ("if-none-match", "if-match")
        proxy.plan = lambda asked: {3: "503", 7: "reset"}.get(asked.before % 37)
        check_same(pipeline, proxy.wire, f"s3://{BUCKET}/faulty", short_film)
        assert len(proxy.asked) > 100


def test_a_report_read_from_a_bucket_has_its_pictures_in_itself(
    pipeline: MakePipeline, moto: Wire, short_film: Path
) -> None:
    there = on_wire(pipeline(), moto, f"s3://{BUCKET}/report")
    node = run_short(there, short_film)["compile_report"]
    folder = keys.report_folder("short", node.id)
    page = there.media_out.get(f"{folder}/report.html").decode()
    assert page.count('src="data:image/') >= len(
        load_report(there.media_out.get(f"{folder}/report.json").decode()).brands
    )
    assert 'src="http' not in page


@pytest.mark.parametrize("damage", ["gone", "short"])
def test_a_part_whose_data_is_gone_or_short_is_noticed_and_it_alone_is_computed_again(
    damage: str, pipeline: MakePipeline, moto: Wire, short_film: Path
) -> None:
    there = on_wire(pipeline(), moto, f"s3://{BUCKET}/torn-{damage}")
    nodes = run_short(there, short_film)
    part = there.part(nodes["run_ocr"], 1)
    name = next(iter(part.files))
    key = f"{keys.part_folder('run_ocr', part.recipe)}/{name}"
    whole = there.media_out.get(key)
    there.media_out.delete([key])
    if damage == "short":
        there.media_out.put(key, whole[:-1])
    with pytest.raises(PartMissing, match="a stored part is incomplete"):
        part_file(there.media_out, part, name)
    assert find_parts(there.media_out, "run_ocr", [part.recipe]) == [None]
    assert computed(there.run("short", {"extract_frames": {"segment_s": 2}})) == {"run_ocr": 1}
    assert there.media_out.get(key) == whole


def test_an_upload_that_breaks_off_leaves_no_part_behind(pipeline: MakePipeline, moto: Wire, short_film: Path) -> None:
    root = f"s3://{BUCKET}/broken"
    with proxied(moto) as proxy:
        there = on_wire(pipeline(), proxy.wire, root)
        there.media_out = proxy.wire.store(f"{root}/out", patience_s=0.2)
        there.ingest("short", [short_film])
        proxy.plan = lambda asked: "reset" if asked.method == "PUT" and "/parts/filter_scenes/" in asked.path else None
        with pytest.raises(StoreUnavailable):
            there.run("short", stages=("extract_frames", "filter_scenes"))
        assert [key for key, _ in there.media_out.keys("parts/extract_frames") if key.endswith(keys.PART_RECORD)]
        assert list(there.media_out.keys("parts/filter_scenes")) == []
        proxy.plan = lambda _asked: None
        assert set(computed(there.run("short", stages=("extract_frames", "filter_scenes")))) == {"filter_scenes"}
