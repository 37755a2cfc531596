"""A compiled report put where people look for it: `reports/<timeline>/<node>/`, the same bytes as in its part."""

from __future__ import annotations

from mpr_core.lineage.node import Node
from mpr_core.runner.parts import find_parts, load_payload
from mpr_core.stages.compile_report import CompiledReport
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore


def publish_report(store: ObjectStore, node: Node) -> str:
    """Copy the files of a compile_report node; returns the folder's key."""
    folder = keys.report_folder(node.timeline, node.id)
    part = find_parts(store, node.stage, [node.parts[0].recipe])[0]
    if part is not None:
        files = load_payload(store, part, CompiledReport).files()
        store.put_many((f"{folder}/{name}", data) for name, data in files.items())
    return folder
