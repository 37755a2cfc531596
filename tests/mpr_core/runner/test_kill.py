"""A run killed in the middle of any stage goes on where it was: nothing finished is computed again, the report is the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mpr_core.inference.in_process import InProcess
from mpr_core.stages.registry import STAGE_NAMES, STAGES
from tests.mpr_core.killed_process import kill_when_halted
from tests.mpr_core.runner.killed_run import SETTINGS
from tests.mpr_core.sign_film import BRANDS
from tests.mpr_core.whole_pipeline import Pipeline, computed

SEGMENTS = 4


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, models: InProcess, short_film: Path, other_film: Path
) -> tuple[Path, dict[str, bytes]]:
    """The folder of a run nobody disturbed, and its report."""
    folder = tmp_path_factory.mktemp("undisturbed")
    one = Pipeline(folder, models)
    one.ingest("match", [short_film, other_film], BRANDS)
    nodes = one.run("match", SETTINGS)
    assert len(nodes["extract_frames"].parts) == SEGMENTS
    assert {airing.brand for airing in one.report(nodes).airings} == {"Vantelo", "Oltessa", "Tavikko"}
    return folder, one.report_files(nodes)


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_run_killed_inside_a_stage_loses_at_most_the_segment_in_hand(
    stage: str, undisturbed: tuple[Path, dict[str, bytes]], tmp_path: Path, models: InProcess
) -> None:
    reference, report = undisturbed
    copy_until(stage, reference, tmp_path)
    whole = 2 if STAGES[stage].scope == "segment" else 0
    kill_inside(stage, whole, tmp_path)
    before = committed(tmp_path)
    assert len([path for path in before if path.startswith(f"parts/{stage}/")]) == whole
    assert len(list((tmp_path / f"out/parts/{stage}").glob("*/*"))) <= whole + 1

    one = Pipeline(tmp_path, models)
    nodes = one.run("match", SETTINGS)
    later = STAGE_NAMES[STAGE_NAMES.index(stage) + 1 :]
    expected = dict.fromkeys((name for name in later if name != "compile_report"), SEGMENTS)
    expected |= {"compile_report": 1} | ({stage: SEGMENTS - whole} if STAGES[stage].scope == "segment" else {})
    assert computed(nodes) == expected
    assert {path: state for path, state in committed(tmp_path).items() if path in before} == before
    assert one.report_files(nodes) == report
    assert objects(tmp_path) == objects(reference)


def copy_until(stage: str, source: Path, target: Path) -> None:
    """A store in which all stages before `stage` are done."""
    shutil.copytree(source / "in", target / "in")
    for name in STAGE_NAMES[: STAGE_NAMES.index(stage)]:
        for kind in ("parts", "timelines/match/nodes"):
            shutil.copytree(source / "out" / kind / name, target / "out" / kind / name)
    if stage != "extract_frames":
        shutil.copytree(source / "out/frames", target / "out/frames")
    (target / "out/timelines/match").mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "out/timelines/match/timeline.json", target / "out/timelines/match")


def kill_inside(stage: str, whole_parts: int, folder: Path) -> None:
    """Run one stage in a process of its own and kill it, with `whole_parts` parts whole and the next one begun."""
    kill_when_halted("tests.mpr_core.runner.killed_run", folder, "match", stage, whole_parts, 1)


def committed(folder: Path) -> dict[str, tuple[int, int]]:
    """Every part's record below a folder: (when it was written, its inode)."""
    out = folder / "out"
    return {
        str(path.relative_to(out)): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(out.glob("parts/*/*/*/part.json"))
    }


def objects(folder: Path) -> dict[str, bytes]:
    """Every object that tells what was found, by key."""
    out = folder / "out"
    paths = [path for kind in ("parts", "frames") for path in (out / kind).rglob("*") if path.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(paths)}
