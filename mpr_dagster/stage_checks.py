"""The core's checks as Dagster asset checks: they warn, per timeline, and neither fail a stage nor hold up another.

Dagster calls a check's partitions a preview feature; without them the page of a check would show the timeline that ran last, whichever
is looked at.
"""

from __future__ import annotations

import dagster as dg
from dagster._utils.warnings import disable_dagster_warnings
from pyarrow import ArrowException

from mpr_core.checks.finding import Finding
from mpr_core.checks.registry import CHECKS, check_node
from mpr_core.errors import MprError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.runner.events import Event, EventLog
from mpr_dagster.home import Home
from mpr_dagster.partitions import TIMELINES

# What a check meets when the store is not as the node says, or was written by another version.
_UNREADABLE = (MprError, ArrowException, KeyError, ValueError)


def check_specs(stage: str) -> list[dg.AssetCheckSpec]:
    """The checks of a stage, to declare with its asset."""
    with disable_dagster_warnings():
        return [
            dg.AssetCheckSpec(check.name, asset=stage, description=check.asks, partitions_def=TIMELINES)
            for check in CHECKS[stage]
        ]


def check_results(context: dg.AssetExecutionContext, node: Node) -> list[dg.AssetCheckResult]:
    """What the selected checks find in a node. What is amiss also stands in the run's events."""
    home = Home()
    selected = {key.name for key in context.selected_asset_check_keys}
    findings = [finding for finding in _findings(home, node) if finding.name in selected]
    if node.status != "skipped":  # its last event says why it did not run
        log = EventLog(home.events_path(context.run.run_id))
        for finding in findings:
            if not finding.passed:
                said = f"{finding.name}: {finding.said}"
                log(_warning(context.run.run_id, node, said))
    return [
        dg.AssetCheckResult(
            asset_key=node.stage,
            check_name=finding.name,
            passed=finding.passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=finding.said,
            metadata={"node": node.id, **finding.numbers},
        )
        for finding in findings
    ]


def _findings(home: Home, node: Node) -> list[Finding]:
    """A check that cannot be made is a finding, not a failure of the stage, whose result stands."""
    try:
        return check_node(Catalog(home.media_out()), node)
    except _UNREADABLE as error:
        said = f"cannot be checked: {str(error) or type(error).__name__}"
        return [Finding(check.name, False, said) for check in CHECKS[node.stage]]


def _warning(run_id: str, node: Node, message: str) -> Event:
    return Event(
        kind="log",
        level="warning",
        run_id=run_id,
        timeline=node.timeline,
        stage=node.stage,
        node=node.id,
        message=message,
    )
