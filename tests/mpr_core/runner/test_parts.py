"""A stored part is what was written, or the reader learns which one is not and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from mpr_core.errors import FormatMismatch, PartMissing
from mpr_core.runner.parts import find_parts
from mpr_core.runner.payload import LazyFiles
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.store import keys
from mpr_core.store.tables import from_parquet, schema, table_of, to_parquet
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline, computed

Make = Callable[..., Pipeline]
CHANGED_MATCHING = {"match_brands": {"min_score": 85}}


@pytest.fixture
def ran(pipeline: Make, other_film: Path) -> Pipeline:
    one = pipeline()
    one.ingest("match", [other_film], BRANDS)
    one.run("match")
    return one


def file_of(one: Pipeline, stage: str, name: str) -> str:
    """The key of a file of the first part that a stage of timeline 'match' has."""
    node = next(node for node in one.catalog.nodes("match") if node.stage == stage)
    return f"{keys.part_folder(stage, node.parts[0].recipe)}/{name}"


@pytest.mark.parametrize("harm", ["gone", "changed", "cut short"])
def test_a_damaged_file_of_a_part_is_noticed_and_the_remedy_mends_it(harm: str, ran: Pipeline) -> None:
    key = file_of(ran, "run_ocr", "lines.parquet")
    whole = ran.media_out.get(key)
    if harm == "gone":
        ran.media_out.delete([key])
    else:
        ran.media_out.put(key, whole[:-4] if harm == "cut short" else whole[:-1] + b"?")
    with pytest.raises(PartMissing, match=key) as failure:
        ran.run("match", CHANGED_MATCHING)
    assert failure.value.remedy.startswith("run again")
    assert failure.value.exit_code == 1
    again = ran.run("match", CHANGED_MATCHING)
    assert computed(again)["run_ocr"] == 1
    assert ran.media_out.get(key) == whole


def test_a_part_without_its_record_is_no_part(ran: Pipeline) -> None:
    manifest = file_of(ran, "preprocess", "part.json")
    ran.media_out.delete([manifest])
    assert computed(ran.run("match")) == {"preprocess": 1}


def test_a_stored_frame_that_is_gone_names_the_frame_and_what_to_do(ran: Pipeline) -> None:
    frame = next(key for key, _ in ran.media_out.keys("frames"))
    ran.media_out.delete([frame])
    with pytest.raises(PartMissing, match=frame) as failure:
        ran.run("match", {"detect_objects": {"box_score": 0.6}})
    assert "--delete-cache" in failure.value.remedy


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"format": "mpr.part/9"}', "found 'mpr.part/9', this version reads 'mpr.part/1'"),
        (b'{"recipe": "x"}', "found None"),
        (b"[]", "found None"),
        (b'{"format": "mpr.part/1"}', "recipe"),
        (b'{"format": "mpr.part/1", "rec', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
    ids=["other version", "no version", "a list", "fields missing", "cut short", "not text"],
)
def test_a_part_record_of_another_form_is_refused_by_name(text: bytes, why: str, ran: Pipeline) -> None:
    manifest = file_of(ran, "match_brands", "part.json")
    ran.media_out.put(manifest, text)
    with pytest.raises(FormatMismatch) as failure:
        ran.run("match")
    assert failure.value.where == manifest
    assert why in failure.value.why
    assert failure.value.remedy


def test_finding_parts_keeps_their_order_and_says_none_for_those_not_there(ran: Pipeline) -> None:
    node = next(node for node in ran.catalog.nodes("match") if node.stage == "run_ocr")
    recipe = node.parts[0].recipe
    found = find_parts(ran.media_out, "run_ocr", ["0" * 32, recipe, "1" * 32])
    assert [part.recipe if part else None for part in found] == [None, recipe, None]
    assert find_parts(ran.media_out, "run_ocr", []) == []


def test_a_payload_refuses_a_table_with_other_columns() -> None:
    wrong = pa.table({"seq": [1]})
    with pytest.raises(ValueError, match=r"FrameIndex\.frames"):
        FrameIndex(wrong, FrameIndex.SCHEMAS["signatures"].empty_table())
    assert FrameIndex.empty().counts() == {"frames": 0, "decoded_frames": 0, "frame_bytes": 0}


def test_a_row_with_a_missing_or_unknown_column_is_an_error_not_a_null() -> None:
    columns = schema(("a", pa.int32()), ("b", pa.string()))
    with pytest.raises(ValueError, match="'b'"):
        table_of([{"a": 1}], columns)
    with pytest.raises(ValueError, match="'c'"):
        table_of([{"a": 1, "b": "x", "c": 2}], columns)
    assert table_of([], columns).num_rows == 0


def test_equal_tables_become_equal_bytes_and_come_back() -> None:
    columns = schema(("a", pa.float32()), ("b", pa.list_(pa.int64())))
    rows = [{"a": 0.1, "b": [1, 2]}, {"a": -1.5, "b": []}]
    assert to_parquet(table_of(rows, columns)) == to_parquet(table_of(list(rows), columns))
    assert from_parquet(to_parquet(table_of(rows, columns))).equals(table_of(rows, columns))
    assert from_parquet(to_parquet(columns.empty_table())).schema == columns


def test_images_of_a_part_are_read_only_when_asked_for() -> None:
    asked: list[str] = []

    def read(name: str) -> bytes:
        asked.append(name)
        return name.encode()

    files = LazyFiles(["crops/1.jpg", "crops/2.jpg"], read)
    assert (len(files), list(files), asked) == (2, ["crops/1.jpg", "crops/2.jpg"], [])
    assert files["crops/2.jpg"] == b"crops/2.jpg"
    assert asked == ["crops/2.jpg"]
    with pytest.raises(KeyError):
        files["crops/3.jpg"]
