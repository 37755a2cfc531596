"""What a materialization shows in Dagster: counts, what differs from the profile, cache use, and for the report a table and pictures."""

from __future__ import annotations

import base64
import json
from typing import Any

import dagster as dg

from mpr_core.lineage.node import Node
from mpr_core.report.contact_sheet import contact_sheet
from mpr_core.report.model import load_report
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

_PREVIEW_BYTES = 22_000  # base64 adds a third; metadata lands in the event log several times
_MOST_ROWS = 50
_MOST_CROPS = 12


def node_metadata(node: Node, store: ObjectStore) -> dict[str, Any]:
    """Metadata of one node."""
    made = node.provenance
    found: dict[str, Any] = {
        "status": node.status if not node.reason else f"{node.status}: {node.reason}",
        "node": node.id,
        "profile": made.profile,
        "config": dg.MetadataValue.json(node.config),
        "changes_to_profile": dg.MetadataValue.json(node.config_changes),
        "parts_computed": made.parts_computed,
        "parts_reused": made.parts_reused,
        "compute_s": made.compute_s,
    }
    found |= {f"count_{name}": int(v) if float(v).is_integer() else float(v) for name, v in node.counts.items()}
    if node.damaged:
        found["damaged"] = dg.MetadataValue.json([d.model_dump(mode="json") for d in node.damaged])
    if node.stage == "compile_report":
        found |= _report_metadata(node, store)
    return found


def _report_metadata(node: Node, store: ObjectStore) -> dict[str, Any]:
    folder = keys.report_folder(node.timeline, node.id)
    report = load_report(store.get(f"{folder}/report.json").decode())
    records = [
        dg.TableRecord(
            {
                "brand": brand.brand,
                "airings": brand.airings,
                "seconds": brand.seconds,
                "share_of_timeline": brand.share_of_timeline_ratio,
                "max_area": brand.max_area_ratio,
                "first_s": brand.first_s if brand.first_s is not None else "",
                "last_s": brand.last_s if brand.last_s is not None else "",
            }
        )
        for brand in report.brands[:_MOST_ROWS]
    ]
    columns = [
        dg.TableColumn("brand", "string"),
        dg.TableColumn("airings", "int"),
        dg.TableColumn("seconds", "float"),
        dg.TableColumn("share_of_timeline", "float"),
        dg.TableColumn("max_area", "float"),
        dg.TableColumn("first_s", "any"),
        dg.TableColumn("last_s", "any"),
    ]
    found: dict[str, Any] = {
        "brands": dg.MetadataValue.table(records=records, schema=dg.TableSchema(columns=columns)),
        "report": f"{folder}/report.html",
        "open": f"mpr report {node.timeline} --open",
    }
    best = sorted((a for a in report.airings if a.crop_key), key=lambda a: -a.crop_quality)[:_MOST_CROPS]
    crops = store.get_many([str(a.crop_key) for a in best])
    pictures = [(f"{a.brand} {a.start_s:.1f}s", crop) for a, crop in zip(best, crops, strict=True) if crop]
    if pictures:
        sheet = base64.b64encode(contact_sheet(pictures, max_bytes=_PREVIEW_BYTES)).decode()
        found["evidence"] = dg.MetadataValue.md(f"![best crops](data:image/jpeg;base64,{sheet})")
    return found


def as_json(value: Any) -> str:
    """Indented JSON for a terminal."""
    return json.dumps(value, indent=2, ensure_ascii=False)
