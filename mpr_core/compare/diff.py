"""Two nodes, or two bare reports, held against each other."""

from __future__ import annotations

from mpr_core.compare.airing_diff import diff_airings
from mpr_core.compare.brand_diff import diff_brands
from mpr_core.compare.lineage_diff import lineage_of_nodes, lineage_of_reports
from mpr_core.compare.model import Diff, Lineage, Side
from mpr_core.compare.resolve import REPORT
from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.report.model import Report, load_report
from mpr_core.runner.branch import Branch


def diff_reports(a: Report, b: Report) -> Diff:
    """Two reports without their nodes: no causes, and of the configuration only what the reports say.

    Raises:
        InputError: they are of different timelines.
    """
    if a.timeline != b.timeline:
        raise InputError(
            "reports of different timelines cannot be compared",
            where=f"{a.timeline} and {b.timeline}",
            why="an airing has its place on one timeline's clock",
            remedy="name two reports of one timeline",
        )
    ours, theirs = (Side(stage=REPORT, node="", profile=report.profile) for report in (a, b))
    return _of_reports(a, b, ours, theirs, lineage_of_reports(a, b))


def diff_nodes(catalog: Catalog, a: Node, b: Node) -> Diff:
    """Two nodes of one stage and timeline (see `find_pair`), with causes.

    Raises:
        InputError: a node is of other source video than the timeline now has.
        PartMissing: a part or a node that is needed is gone.
    """
    if (a.timeline, a.stage) != (b.timeline, b.stage):
        raise ValueError(f"{a.stage} of {a.timeline} is no match for {b.stage} of {b.timeline}")
    ours, theirs = Branch(catalog, a), Branch(catalog, b)
    sides = tuple(Side(stage=node.stage, node=node.id, profile=node.provenance.profile) for node in (a, b))
    lineage = lineage_of_nodes(*({stage: x.node(stage) for stage in x.stages} for x in (ours, theirs)))
    if a.stage == REPORT:
        return _explained(ours, theirs, sides[0], sides[1], lineage)
    from mpr_core.compare.rows_diff import diff_rows

    return Diff(
        timeline=a.timeline,
        duration_s=float(ours.timeline.duration_s),
        a=sides[0],
        b=sides[1],
        same_node=a.id == b.id,
        lineage=lineage,
        tables=() if a.id == b.id else diff_rows(ours, theirs),
    )


def _explained(ours: Branch, theirs: Branch, a: Side, b: Side, lineage: Lineage) -> Diff:
    from mpr_core.compare.why import Reasons

    reports = _report(ours), _report(theirs)
    found = _of_reports(*reports, a, b, lineage)
    if not found.airings:
        return found
    causes = Reasons(ours, theirs, reports, lineage)
    return found.model_copy(update={"airings": causes.explained(found.airings)})


def _of_reports(a: Report, b: Report, ours: Side, theirs: Side, lineage: Lineage) -> Diff:
    airings = diff_airings(a.airings, b.airings)
    return Diff(
        timeline=b.timeline,
        duration_s=max(a.duration_s, b.duration_s),
        a=ours,
        b=theirs,
        same_node=bool(ours.node) and ours.node == theirs.node,
        lineage=lineage,
        airings=airings.changes,
        airings_same=airings.same,
        brands=diff_brands(a, b),
    )


def _report(branch: Branch) -> Report:
    from mpr_core.stages.compile_report import CompiledReport

    return load_report(branch.payload(REPORT, 0, CompiledReport).report_json.decode())
