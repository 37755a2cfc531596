"""What ten thousand timelines cost a machine that computes none: `mpr timelines`, a tick of the sensor, the UI's queries, the event log.

A timeline is the record of one made-up chunk. For a thousand of them the instance is told a materialization of each stage, with metadata
as small as a short timeline's.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._cli.workspace.cli_target import get_workspace_from_cli_opts
from dagster.version import __version__ as dagster_version
from dagster_graphql.schema import create_schema
from dagster_shared.cli import WorkspaceOpts

from mpr_core.lineage.catalog import Catalog
from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.timeline.timeline import Timeline
from mpr_dagster.home import Home, shipped_file
from mpr_dagster.instance import open_instance
from mpr_dagster.partitions import TIMELINES
from tests.mpr_core.made_up_chunk import made_up_chunk
from tests.mpr_dagster.command_line import CommandLine
from tests.mpr_dagster.watched_home import WatchedHome

REGISTERED, MATERIALIZED = 10_000, 1_000
_STATS = "partitionStats { numPartitions numMaterialized numFailed numMaterializing }"
QUERIES = {
    "asset graph: counts of all assets": f"{{ assetNodes {{ assetKey {{ path }} {_STATS} }} }}",
    "asset page: its partitions": """{ assetNodeOrError(assetKey: {path: ["compile_report"]}) { ... on AssetNode { partitionKeys
        assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions failedPartitions } } } } }""",
    "asset page: its latest 50 events": """{ assetOrError(assetKey: {path: ["compile_report"]}) { ... on Asset {
        assetMaterializations(limit: 50) { timestamp partition metadataEntries { label } } } } }""",
    "runs page": "{ runsOrError(limit: 25) { ... on Runs { results { runId status tags { key value } } } } }",
}


def bench(folder: Path) -> None:
    """Print seconds, and the size of the event log."""
    home = folder / "scale"
    shutil.rmtree(home, ignore_errors=True)
    mpr = CommandLine(home.absolute(), {"MPR_WATCH": "incoming"})
    names = [f"match-{number:05d}" for number in range(REGISTERED)]
    print(f"scale: {REGISTERED} timelines, {MATERIALIZED} of them with {len(STAGE_NAMES)} materializations each")
    with mpr.inside(), open_instance(Home()) as instance:
        catalog = Catalog(Home().media_out())
        _timed("records written", lambda: [catalog.save_timeline(_timeline(name)) for name in names])
        _timed("partitions registered", lambda: instance.add_dynamic_partitions(str(TIMELINES.name), names))
        before_mb = _dagster_mb(home)
        _timed("materializations told", lambda: _tell(instance, names[:MATERIALIZED]))
        _tell_size(home, before_mb)
        _queries(instance)
        _timed("mpr timelines", lambda: mpr.done("timelines"))
        _ticks(WatchedHome(mpr, instance))


def _timeline(name: str) -> Timeline:
    return Timeline(id=name, chunks=(made_up_chunk(Fraction(10)),))


def _tell(instance: dg.DagsterInstance, names: list[str]) -> None:
    for name in names:
        for stage in STAGE_NAMES:
            metadata = {"status": "done", "found": "20 frames", "count_frames": 20, "node": "0" * 16}
            made = dg.AssetMaterialization(stage, partition=name, metadata=metadata, tags={"mpr/node": "0" * 16})
            instance.report_runless_asset_event(made)


def _tell_size(home: Path, before_mb: float) -> None:
    grown_mb = _dagster_mb(home) - before_mb
    each_kb = grown_mb * 1000 / (MATERIALIZED * len(STAGE_NAMES))
    print(f"  event log: {grown_mb:.1f} MB more, {each_kb:.2f} kB a materialization")


def _queries(instance: dg.DagsterInstance) -> None:
    """What the pages of the UI ask, each twice: the second finds what the server remembers."""
    options = WorkspaceOpts(workspace=[str(shipped_file("workspace.yaml"))])
    schema = create_schema()

    with get_workspace_from_cli_opts(instance, dagster_version, options, log_level="ERROR") as workspace:
        for name, query in QUERIES.items():
            for turn in ("first", "again"):
                _timed(f"{name}, {turn}", partial(_answer, schema, query, workspace))


def _answer(schema: Any, query: str, workspace: Any) -> None:
    result = asyncio.run(schema.execute_async(query, context_value=workspace))
    assert result.errors is None, result.errors


def _ticks(home: WatchedHome) -> None:
    """One new chunk for each of as many folders: seen, stable and asked for, then only looked at."""
    for number in range(REGISTERED):
        path = home.incoming / f"new-{number:05d}" / "1.mp4"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"0")
    for what in ("all new", "all stable", "nothing new"):
        _timed(f"sensor tick of {REGISTERED} keys, {what}", home.tick)


def _dagster_mb(home: Path) -> float:
    return sum(path.stat().st_size for path in (home / "dagster").rglob("*") if path.is_file()) / 1e6


def _timed(what: str, work: Callable[[], object]) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    print(f"  {what}: {time.perf_counter() - began:.2f} s, {time.process_time() - cpu:.2f} s CPU", flush=True)
