"""A node's contact sheet for its materialization's metadata: never worth failing a stage for."""

from __future__ import annotations

import base64

import dagster as dg

from mpr_core.errors import MprError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.store.object_store import ObjectStore

_LEAST_BYTES = 4_000


def sheet_in_base64(node: Node, store: ObjectStore, budget_bytes: int) -> str:
    """The sheet as WebP in base64, at most `budget_bytes` long; empty when there is nothing to show, no room, or it cannot be drawn."""
    room = budget_bytes * 3 // 4  # base64 adds a third
    if room < _LEAST_BYTES:
        return ""
    import cv2  # the drawing's libraries, which definitions must not need

    from mpr_core.overlays.sheet import shrunk
    from mpr_core.overlays.stored import node_sheet
    from mpr_core.runner.branch import Branch

    try:
        sheet = node_sheet(Branch(Catalog(store), node), node.stage)
        if sheet is not None and len(sheet) > room:
            sheet = shrunk(sheet, room)
    # What reading parts and drawing raise. The stage's own result is stored by now and must not be lost for a picture of it.
    except (MprError, cv2.error, LookupError, ValueError, TypeError, ArithmeticError, AttributeError, OSError) as error:
        dg.get_dagster_logger().warning(f"no contact sheet of {node.stage} {node.id}: {type(error).__name__}: {error}")
        return ""
    return base64.b64encode(sheet).decode() if sheet else ""
