"""A container's quota counts, not what the machine has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mpr_core.cores import cores, quota_cores


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "250000 100000\n"}, 2.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu.max": "nonsense\n"}, None),
        ({"cpu.max": "100000 0\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_a_quota_is_read_of_either_version(files: dict[str, str], expected: float | None, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert quota_cores(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [("10000 100000", 1), ("max 100000", None), ("99900000 100000", None)])
def test_there_is_always_a_core_and_never_more_than_the_machine_gives(
    quota: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr("mpr_core.cores._CGROUP", tmp_path)
    cores.cache_clear()
    try:
        assert cores() == (expected or len(os.sched_getaffinity(0)))
    finally:
        cores.cache_clear()
