"""The pipeline in a process of its own, through the core alone: what it found, how long each stage took, how much memory it held."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mpr_core.brands.brand_list import Brand
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.media.limits import MediaLimits
from mpr_core.profiles.library import ProfileLibrary
from mpr_core.profiles.profile import effective_configs
from mpr_core.runner.context import Services
from mpr_core.runner.publish import publish_report
from mpr_core.runner.request import StageRequest
from mpr_core.runner.runner import run_stage
from mpr_core.stages.registry import STAGES
from mpr_core.store.object_store import ObjectStore
from mpr_core.synth.truth import SynthTruth
from mpr_core.timeline.ingest import IngestRequest, ingest


def measured(film: Path, truth: Path, home: Path, profile: str = "generic") -> dict[str, Any]:
    """Run the pipeline on a film in a fresh process and a fresh store."""
    command = [sys.executable, "-m", "tests.bench.pipeline", str(film), str(truth), str(home), profile]
    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout.splitlines()[-1]) | {"wall_s": time.perf_counter() - began, "cpu_s": cpu_s}


def _run(film: Path, truth: Path, home: Path, profile: str) -> dict[str, Any]:
    media_in, media_out = ObjectStore(str(home / "in")), ObjectStore(str(home / "out"))
    brands = tuple(Brand.model_validate(entry) for entry in SynthTruth.load(truth).brand_file())
    catalog = Catalog(media_out)
    began = time.perf_counter()
    request = IngestRequest(timeline="bench", paths=[film], brands=brands)
    timeline = ingest(request, media_in=media_in, catalog=catalog, limits=MediaLimits()).timeline
    seconds = {"ingest": time.perf_counter() - began}
    loaded = ProfileLibrary(home / "profiles").load(profile)
    configs = effective_configs(loaded, timeline.brand_list(loaded.brands), {})
    services = Services(media_in, media_out)
    nodes: dict[str, Node] = {}
    for name, stage in STAGES.items():
        began = time.perf_counter()
        parents = {need: nodes[need] for need in stage.needs}
        nodes[name] = run_stage(StageRequest(timeline, name, configs[name], parents, profile), services)
        seconds[name] = time.perf_counter() - began
    folder = publish_report(media_out, nodes["compile_report"])
    report = json.loads(media_out.get(f"{folder}/report.json"))
    return {
        "airings": [[a["brand"], a["start_s"], a["end_s"]] for a in report["airings"]],
        "stages_s": seconds,
        "counts": {name: node.counts for name, node in nodes.items()},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])))
