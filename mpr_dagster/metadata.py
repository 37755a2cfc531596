"""What a materialization shows in Dagster: outcome, counts, what differs from the profile, cache use, and the most telling
frames; for the report a table and the best crops.

Dagster writes metadata into its event log several times over, so all of it together stays within `MAX_BYTES`, whatever the brand list,
the report or the settings hold. The whole of everything stands in the node's manifest and the report.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from mpr_core.lineage.node import Node
from mpr_core.report.model import Airing, BrandExposure
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.overlay_sheet import sheet_in_base64
from mpr_dagster.reports import published_report
from mpr_dagster.wording import clock, found_in_words, work_in_words

MAX_BYTES = 32_000
_LEAST_PICTURE_BYTES = 4_000
_MOST_ROWS = 30
_MOST_CROPS = 12
_MOST_ENTRIES = 20
_MOST_CHARACTERS = 80
_MOST_JSON_BYTES = 4_000
_PICTURE_OVERHEAD_BYTES = 300


def node_metadata(node: Node, store: ObjectStore) -> dict[str, Any]:
    """Metadata of one node, the most telling first."""
    made = node.provenance
    outcome: dict[str, Any] = {
        "status": node.status,
        "found": found_in_words(node.status, node.reason, node.counts) or "nothing",
        "work": work_in_words(made.parts_computed, made.parts_reused, made.compute_s),
    }
    if node.damaged:
        outcome["damaged"] = _json([d.model_dump(mode="json") for d in node.damaged])
    details: dict[str, Any] = {
        "profile": made.profile,
        "changes_to_profile": _json(_names_only(node.config_changes)) if node.config_changes else "none",
        "config": _json(_names_only(node.config)),
        "node": node.id,
        "parts_computed": made.parts_computed,
        "parts_reused": made.parts_reused,
        "compute_s": made.compute_s,
    }
    details |= {f"count_{name}": int(v) if float(v).is_integer() else float(v) for name, v in node.counts.items()}
    details["overlays"] = f"mpr overlay {node.timeline} --stage {node.stage} --node {node.id}"
    if node.stage != "compile_report":
        room = MAX_BYTES - stored_bytes(outcome | details) - _PICTURE_OVERHEAD_BYTES
        # A skipped stage shows nothing that the one before it does not.
        sheet = "" if node.status == "skipped" else sheet_in_base64(node, store, room)
        return outcome | _picture("frames", "most telling frames", sheet, "webp") | details
    report = published_report(store, node)
    table = {"brands": _brand_table([b for b in report.brands if b.airings])}
    details["report"] = keys.report_folder(node.timeline, node.id)
    details["open"] = f"mpr report {node.timeline} --node {node.id} --open"
    sheet = _sheet(report.airings, store, MAX_BYTES - stored_bytes(outcome | table | details) - _PICTURE_OVERHEAD_BYTES)
    # The table is long: what stands below it is seen by nobody who does not look for it.
    return outcome | _picture("evidence", "best crops", sheet, "jpeg") | table | details


def _picture(name: str, title: str, base64_text: str, kind: str) -> dict[str, Any]:
    """A picture as metadata; nothing for an empty one."""
    return {name: dg.MetadataValue.md(f"![{title}](data:image/{kind};base64,{base64_text})")} if base64_text else {}


def stored_bytes(shown: Mapping[str, Any]) -> int:
    """How much Dagster writes for some metadata."""
    return len(dg.serialize_value(dg.AssetMaterialization("size", metadata=dict(shown))))


def _brand_table(brands: Sequence[BrandExposure]) -> dg.TableMetadataValue:
    # Four narrow columns: the page of an asset cuts what does not fit, and leaves 320 px in a window of 1280 px.
    kinds = {"brand": "string", "airings": "int", "seconds": "float", "time, %": "float"}
    rows = [
        (
            _cut(brand.brand),
            brand.airings,
            round(brand.seconds, 1),
            round(100 * brand.share_of_timeline_ratio, 1),
        )
        for brand in brands[:_MOST_ROWS]
    ]
    if len(brands) > _MOST_ROWS:
        rest = brands[_MOST_ROWS:]
        rows.append((f"... and {len(rest)} more", sum(b.airings for b in rest), 0.0, 0.0))
    schema = dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in kinds.items()])
    records = [dg.TableRecord(dict(zip(kinds, row, strict=True))) for row in rows]
    return dg.MetadataValue.table(records=records, schema=schema)


def _sheet(airings: Sequence[Airing], store: ObjectStore, budget_bytes: int) -> str:
    """The clearest crops as one picture in base64; empty when there are none or no room for one."""
    best = sorted((a for a in airings if a.crop_key), key=lambda a: -a.crop_quality)[:_MOST_CROPS]
    crops = store.get_many([str(a.crop_key) for a in best])
    pictures = [(f"{a.brand} {clock(a.start_s)}", crop) for a, crop in zip(best, crops, strict=True) if crop]
    room = budget_bytes * 3 // 4  # base64 adds a third
    if not pictures or room < _LEAST_PICTURE_BYTES:
        return ""
    from mpr_core.report.contact_sheet import contact_sheet  # brings OpenCV, which definitions must not need

    return base64.b64encode(contact_sheet(pictures, max_bytes=room)).decode()


def _names_only(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config with the brand list as names; aliases and the rest stand in the node's manifest."""
    return dict(config) | ({"brands": [b["canonical_name"] for b in config["brands"]]} if "brands" in config else {})


def _json(value: Any) -> Any:
    """A value as JSON metadata, long lists and texts cut, and said so."""
    short = _shortened(value)
    if len(json.dumps(short)) > _MOST_JSON_BYTES:
        return "too long to show here; the node's manifest holds all of it"
    return dg.MetadataValue.json(short)


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shortened(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        rest = len(value) - _MOST_ENTRIES
        more = [f"... and {rest} more"] if rest > 0 else []
        return [_shortened(entry) for entry in value[:_MOST_ENTRIES]] + more
    return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + "..."
