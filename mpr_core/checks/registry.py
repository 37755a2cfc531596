"""Which checks each stage has, and running them over a node."""

from __future__ import annotations

from mpr_core.checks import (
    compile_report,
    detect_edges,
    detect_objects,
    escalation,
    extract_frames,
    field_segmentation,
    filter_scenes,
    match_brands,
    preprocess,
    run_ocr,
)
from mpr_core.checks.finding import Check, Finding
from mpr_core.checks.subject import Subject
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node

CHECKS: dict[str, tuple[Check, ...]] = {
    "extract_frames": extract_frames.CHECKS,
    "filter_scenes": filter_scenes.CHECKS,
    "field_segmentation": field_segmentation.CHECKS,
    "detect_edges": detect_edges.CHECKS,
    "detect_objects": detect_objects.CHECKS,
    "preprocess": preprocess.CHECKS,
    "run_ocr": run_ocr.CHECKS,
    "match_brands": match_brands.CHECKS,
    "escalate_vlm": escalation.CHECKS,
    "escalate_cloud": escalation.CHECKS,
    "compile_report": compile_report.CHECKS,
}


def check_node(catalog: Catalog, node: Node) -> list[Finding]:
    """What the checks of a node's stage find, in order; mostly from the counts in manifests, else from a column of each part.

    Raises:
        PartMissing: a part or a node that a check reads is gone.
    """
    subject = Subject(catalog, node)
    found = []
    for check in CHECKS[node.stage]:
        verdict = check.judge(subject)
        found.append(Finding(check.name, verdict.passed, verdict.said, verdict.numbers))
    return found
