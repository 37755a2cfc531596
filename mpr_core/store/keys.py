"""The names of everything in the store. Keys are relative, never URLs or machine paths.

in:   chunks/<source>/<name>.mp4
      chunks/<source>/{manifest.json,_DONE}      of a source that was cut; <number>.json beside its chunks until all are there
out:  frames/<chunk digest>/<sampling recipe>/<seq>.jpg
      parts/<stage>/<aa>/<recipe>/{...,part.json}
      timelines/<id>/{timeline.json,heads/<stage>.json,nodes/<stage>/<node>.json,labels/<label>.json}
      overlays/<node>/<drawing version>/{sheet.webp,<chunk number>-<seq>.jpg}      seq counts per chunk
      reports/<id>/<node>/{report.html,report.json,airings.parquet,brands.parquet}
      brands/found/<timeline>.json · brands/decisions/<digest of the folded name>.json
      answers/<aa>/<digest>.json · answers/plans/<aa>/<digest>.json · answers/batches/<digest>.json
      ledger/<run>/<stage>-<request digest>-<n>.{asked,paid}.json
      intake/{taken,reading}/<timeline>.json · intake/quarantine/<timeline>/<digest of the key>.json
"""

from __future__ import annotations

TIMELINES = "timelines"
PARTS = "parts"
FRAMES = "frames"
OVERLAYS = "overlays"
REPORTS = "reports"
PART_RECORD = "part.json"
CHUNKS = "chunks"
SOURCE_MANIFEST = "manifest.json"
SOURCE_DONE = "_DONE"
ANSWERS = "answers"
OPEN_BATCHES = f"{ANSWERS}/batches"
LEDGER = "ledger"
INTAKE = "intake"
TAKEN = f"{INTAKE}/taken"
READING = f"{INTAKE}/reading"
QUARANTINE = f"{INTAKE}/quarantine"
BRANDS = "brands"
FOUND_NAMES = f"{BRANDS}/found"
BRAND_DECISIONS = f"{BRANDS}/decisions"


def source_manifest(prefix: str) -> str:
    return f"{prefix}/{SOURCE_MANIFEST}"


def source_done(prefix: str) -> str:
    return f"{prefix}/{SOURCE_DONE}"


def cut_record(prefix: str, number: int) -> str:
    return f"{prefix}/{number:05d}.json"


def frame(chunk_digest: str, sampling: str, seq: int) -> str:
    return f"{FRAMES}/{chunk_digest}/{sampling}/{seq:08d}.jpg"


def part_folder(stage: str, recipe: str) -> str:
    return f"{PARTS}/{stage}/{recipe[:2]}/{recipe}"


def part_manifest(stage: str, recipe: str) -> str:
    return f"{part_folder(stage, recipe)}/{PART_RECORD}"


def timeline(timeline_id: str) -> str:
    return f"{TIMELINES}/{timeline_id}/timeline.json"


def heads(timeline_id: str) -> str:
    return f"{TIMELINES}/{timeline_id}/heads"


def head(timeline_id: str, stage: str) -> str:
    return f"{heads(timeline_id)}/{stage}.json"


def node(timeline_id: str, stage: str, node_id: str) -> str:
    return f"{TIMELINES}/{timeline_id}/nodes/{stage}/{node_id}.json"


def nodes(timeline_id: str) -> str:
    return f"{TIMELINES}/{timeline_id}/nodes"


def labels(timeline_id: str) -> str:
    return f"{TIMELINES}/{timeline_id}/labels"


def label(timeline_id: str, name: str) -> str:
    return f"{labels(timeline_id)}/{name}.json"


def overlay_folder(node_id: str) -> str:
    return f"{OVERLAYS}/{node_id}"


def overlay(node_id: str, drawing: str, chunk_index: int, seq: int) -> str:
    return f"{overlay_folder(node_id)}/{drawing}/{chunk_index:03d}-{seq:08d}.jpg"


def report_folder(timeline_id: str, node_id: str) -> str:
    return f"{REPORTS}/{timeline_id}/{node_id}"


def taken(timeline_id: str) -> str:
    return f"{TAKEN}/{timeline_id}.json"


def reading(timeline_id: str) -> str:
    return f"{READING}/{timeline_id}.json"


def quarantined(timeline_id: str, key_digest: str) -> str:
    return f"{QUARANTINE}/{timeline_id}/{key_digest}.json"


def found_names(timeline_id: str) -> str:
    return f"{FOUND_NAMES}/{timeline_id}.json"


def brand_decision(key_digest: str) -> str:
    return f"{BRAND_DECISIONS}/{key_digest}.json"


def answer(digest: str) -> str:
    return f"{ANSWERS}/{digest[:2]}/{digest}.json"


def plan(digest: str) -> str:
    return f"{ANSWERS}/plans/{digest[:2]}/{digest}.json"


def open_batch(digest: str) -> str:
    return f"{OPEN_BATCHES}/{digest}.json"


def ledger(run_id: str) -> str:
    return f"{LEDGER}/{run_id}"
