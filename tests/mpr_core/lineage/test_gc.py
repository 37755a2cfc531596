"""Garbage collection takes what no head, label or ancestor of one needs, nothing else, and may be killed anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpr_core.errors import UnknownTimeline
from mpr_core.lineage.garbage import ANY_TIMELINE, GarbagePlan, collect
from mpr_core.lineage.garbage_plan import plan_gc
from mpr_core.lineage.labels import put_label
from mpr_core.lineage.node import Node
from mpr_core.lineage.stored import deletion_batches
from mpr_core.runner.parts import find_parts
from mpr_core.stages.configs import ExtractFramesConfig
from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.store import keys
from tests.mpr_core.lineage.made_up_tree import NOW, MadeUpTree, stored

A, B = "a" * 64, "b" * 64
OTHER = {"min_score": 0.6}


def gc(tree: MadeUpTree, **more: object) -> GarbagePlan:
    """Collect everything that may go."""
    plan = plan_gc(tree.catalog, **({"made_before": NOW} | more))  # type: ignore[arg-type]
    collect(tree.catalog.store, plan, lambda: plan.in_use)
    return plan


def own_keys(tree: MadeUpTree, node: Node) -> set[str]:
    """A node's manifest, its parts and its frames."""
    found = {keys.node(tree.name, node.stage, node.id)}
    for part in node.parts:
        folder = keys.part_folder(node.stage, part.recipe)
        found |= {f"{folder}/part.json", f"{folder}/data.parquet"}
        if node.stage == "extract_frames" and part.segment is not None:
            sampling = ExtractFramesConfig.model_validate(node.config).sampling(part.segment.start_s)
            found |= {keys.frame(part.segment.chunk_digest, sampling, seq) for seq in range(2)}
    return found


def documents(tree: MadeUpTree) -> set[str]:
    """Every document of a timeline but its nodes."""
    return {key for key in stored(tree.catalog.store) if key.startswith("timelines/") and "/nodes/" not in key}


def test_a_branch_beside_the_heads_goes_and_the_heads_branch_stays() -> None:
    tree = MadeUpTree()
    tree.head(tree.line("compile_report"))
    before = stored(tree.catalog.store)
    preprocess = tree.catalog.head("match", "preprocess")
    tree.line("compile_report", preprocess, {"run_ocr": OTHER})
    plan = gc(tree)
    assert stored(tree.catalog.store) == before
    assert {stage for stage, _ in plan.timelines[0].heap.nodes} == set(STAGE_NAMES[6:])
    assert plan.timelines[0].heap.parts == 5
    assert gc(tree).keys == []


def test_a_labelled_branch_stays_until_its_label_is_gone() -> None:
    tree = MadeUpTree()
    tree.head(tree.line("compile_report"))
    tip = tree.line("match_brands", tree.catalog.head("match", "preprocess"), {"run_ocr": OTHER})
    label = put_label(tree.catalog, tip, "strict", move=False).label
    assert gc(tree).keys == []
    tree.catalog.delete_label(label)
    assert {stage for stage, _ in gc(tree).timelines[0].heap.nodes} == {"run_ocr", "match_brands"}


def test_frames_overlays_and_reports_go_with_the_last_node_that_needs_them() -> None:
    tree = MadeUpTree()
    tree.head(tree.line("compile_report"))
    tip = tree.line("compile_report", configs={"extract_frames": {"fps": "4/1"}})
    store = tree.catalog.store
    store.put(f"{keys.report_folder('match', tip.id)}/report.html", b"x")
    store.put(f"{keys.overlay_folder(tip.ancestors['detect_objects'])}/1.jpg", b"x")
    heap = gc(tree).timelines[0].heap
    assert (heap.frames, heap.overlays, heap.reports, len(heap.nodes), heap.parts) == (2, 1, 1, 11, 11)
    assert not [key for key in stored(store) if key.startswith(("overlays/", "reports/"))]
    assert len([key for key in stored(store) if key.startswith("frames/")]) == 2


def test_parts_that_another_timeline_uses_stay() -> None:
    mine = MadeUpTree()
    theirs = MadeUpTree(mine.catalog, "theirs")
    mine.line("run_ocr", configs={"run_ocr": OTHER})
    theirs.head(theirs.line("run_ocr", configs={"run_ocr": OTHER}))
    kept = {key for node in mine.catalog.nodes("theirs") for key in own_keys(theirs, node)}
    plan = gc(mine)
    assert stored(mine.catalog.store) == kept | documents(mine)
    assert {share.timeline: (len(share.heap.nodes), share.heap.parts) for share in plan.timelines} == {
        "match": (7, 0),
        "theirs": (0, 0),
    }


@pytest.fixture
def two() -> tuple[MadeUpTree, MadeUpTree]:
    """Two timelines of different video, each with heads, a branch that nothing needs, and the leavings of a killed run."""
    one = MadeUpTree(name="one", digests=(A,))
    two = MadeUpTree(one.catalog, "two", digests=(B,))
    for tree in (one, two):
        tree.head(tree.line("compile_report"))
        tree.line("run_ocr", tree.catalog.head(tree.name, "preprocess"), {"run_ocr": OTHER})
        segment = tree.catalog.nodes(tree.name)[0].parts[0].segment
        extract = tree.catalog.head(tree.name, "extract_frames")
        assert extract is not None
        tree.part("run_ocr", f"{tree.digests[0][:2]}orphan", extract.parts[0].segment)
        tree.frames(tree.digests[0], "orphaned")
        assert segment is None or segment.chunk_digest == tree.digests[0]
    return one, two


def chunk_keys(tree: MadeUpTree, before: set[str]) -> set[str]:
    """What of a timeline with one chunk is in the store."""
    digest = tree.digests[0]
    nodes = {key for node in tree.catalog.nodes(tree.name) for key in own_keys(tree, node)}
    return {
        k for k in before if k in nodes or digest in k or f"/{digest[:2]}orphan/" in k or f"timelines/{tree.name}/" in k
    }


def test_what_no_node_names_goes_unless_a_run_may_be_making_it(two: tuple[MadeUpTree, MadeUpTree]) -> None:
    one, other = two
    before = stored(one.catalog.store)
    used = chunk_keys(one, before)
    plan = gc(one, in_use={"one": "run 1234 is started"})
    assert used <= stored(one.catalog.store)
    assert not [key for key in stored(one.catalog.store) if (B in key and "orphaned" in key) or "bborphan" in key]
    shares = {share.timeline: share for share in plan.timelines}
    assert shares["one"].left_alone == "run 1234 is started"
    assert (len(shares["two"].heap.nodes), plan.orphans.parts, plan.orphans.frames) == (1, 1, 2)
    assert other.catalog.head("two", "compile_report") is not None


def test_a_part_half_written_stays_while_any_run_is_unfinished(two: tuple[MadeUpTree, MadeUpTree]) -> None:
    one, _ = two
    half = f"{keys.part_folder('run_ocr', 'ccc')}/data.parquet"
    one.catalog.store.put(half, b"x")
    gc(one, in_use={"one": "run 1234 is started"})
    assert half in stored(one.catalog.store)
    gc(one)
    assert half not in stored(one.catalog.store)


def test_a_run_of_an_unknown_timeline_protects_everything(two: tuple[MadeUpTree, MadeUpTree]) -> None:
    before = stored(two[0].catalog.store)
    plan = gc(two[0], in_use={ANY_TIMELINE: "run 1234 is started"})
    assert stored(two[0].catalog.store) == before
    assert plan.caution == "run 1234 is started"


def test_one_timeline_alone_takes_only_its_own(two: tuple[MadeUpTree, MadeUpTree]) -> None:
    one, other = two
    used = chunk_keys(other, stored(one.catalog.store))
    plan = gc(one, only=["one"])
    assert used <= stored(one.catalog.store)
    assert [share.timeline for share in plan.timelines] == ["one"]
    assert (len(plan.timelines[0].heap.nodes), plan.orphans.parts, plan.orphans.frames) == (1, 1, 2)
    with pytest.raises(UnknownTimeline):
        gc(one, only=["nowhere"])


@pytest.mark.parametrize(
    "broken", ["timeline.json", "heads/run_ocr.json", "labels/base.json", "nodes/run_ocr/0123456789abcdef.json"]
)
def test_a_document_that_cannot_be_read_keeps_its_timeline_and_stops_no_other(
    two: tuple[MadeUpTree, MadeUpTree], broken: str
) -> None:
    one, other = two
    store = one.catalog.store
    store.put(f"timelines/one/{broken}", b"{")
    before = stored(store)
    kept = {key for key in before if A in key or "timelines/one/" in key or "aaorphan" in key}
    kept |= {key for found in (one.catalog.store.objects("parts/run_ocr")) for key in [found.key] if "aaorphan" in key}
    plan = gc(one)
    assert kept <= stored(store)
    shares = {share.timeline: share for share in plan.timelines}
    assert "cannot be read: not JSON" in shares["one"].left_alone
    assert len(shares["two"].heap.nodes) == 1
    assert bool(plan.caution) == (broken == "timeline.json")
    if plan.caution:
        assert {key for key in before if key.startswith(("parts/", "frames/"))} <= stored(store)
    assert other.catalog.head("two", "compile_report") is not None


def test_what_was_made_lately_stays() -> None:
    tree = MadeUpTree()
    tree.head(tree.line("preprocess"))
    old, young = (tree.node("run_ocr", tree.catalog.head("match", "preprocess"), {"min_score": s}) for s in (0.6, 0.7))
    before = stored(tree.catalog.store)
    plan = gc(tree, made_before=young.provenance.created_at)
    assert plan.timelines[0].heap.nodes == [("run_ocr", old.id)]
    assert before - stored(tree.catalog.store) == {keys.node("match", "run_ocr", old.id)}, (
        "its part was written just now"
    )
    tree.part("run_ocr", "ddd", None)
    assert gc(tree, made_before=datetime.now(UTC) - timedelta(hours=1)).orphans.keys == []
    assert gc(tree).orphans.parts == 3, (
        "those of the two nodes, collected before them, and the one that never had a node"
    )


def test_a_run_that_begins_meanwhile_stops_the_deletion() -> None:
    tree = MadeUpTree()
    tree.line("compile_report")
    before = stored(tree.catalog.store)
    plan = plan_gc(tree.catalog, made_before=NOW)
    done = collect(tree.catalog.store, plan, lambda: {"match": "run 1 has begun meanwhile"})
    assert (done.objects, done.stopped, stored(tree.catalog.store)) == (0, "match", before)


def test_listing_asks_once_for_each_kind_of_object(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = MadeUpTree()
    tree.head(tree.line("compile_report"))
    for number in range(300):
        tree.part("run_ocr", f"{number:032x}", None)
    asked: list[str] = []
    store = tree.catalog.store
    get, objects = store.get, store.objects
    monkeypatch.setattr(store, "get", lambda key: asked.append(key) or get(key))
    monkeypatch.setattr(store, "objects", lambda prefix: asked.append(prefix) or objects(prefix))
    plan = plan_gc(tree.catalog, made_before=NOW)
    assert plan.orphans.parts == 300
    assert len(asked) <= 30, "one listing for each prefix, and the timeline's own documents"


steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=14)
marks = st.lists(st.integers(0, 60), max_size=2)


@settings(max_examples=60)
@given(steps, marks, marks, st.integers(0, 200))
def test_all_that_heads_and_labels_need_stays_whole_at_every_moment_and_all_else_goes(
    wanted: list[tuple[int, int]], heads: list[int], labels: list[int], killed_after: int
) -> None:
    tree = MadeUpTree(digests=(A, B))
    nodes = [tree.node("extract_frames"), tree.node("extract_frames", config={"fps": "4/1"})]
    for at, score in wanted:
        parent = nodes[at % len(nodes)]
        stage = STAGE_NAMES[STAGE_NAMES.index(parent.stage) + 1 : STAGE_NAMES.index(parent.stage) + 2]
        if stage:
            nodes.append(tree.node(stage[0], parent, {"variant": score}))
    for at in heads:
        tree.catalog.move_head(nodes[at % len(nodes)], "r")
    for at in labels:
        put_label(tree.catalog, nodes[at % len(nodes)], f"label-{at}", move=True)
    tree.part("run_ocr", "orphan", None)
    tree.frames(A, "orphaned")

    marked = {(stage, tree.catalog.head_id("match", stage)) for stage in STAGE_NAMES}
    marked |= {(label.stage, label.node) for label in tree.catalog.labels("match")}
    known = {(node.stage, node.id): node for node in tree.catalog.nodes("match")}
    needed = {name for root in marked if root in known for name in [root, *known[root].ancestors.items()]}  # type: ignore[index]
    left = {key for name in needed for key in own_keys(tree, known[name])} | documents(tree)

    store = tree.catalog.store
    plan = plan_gc(tree.catalog, made_before=NOW)
    ordered = [key for batch in deletion_batches(plan.keys) for key in batch]
    assert len(ordered) == len(set(ordered))
    store.delete(ordered[:killed_after])
    whole(tree)
    gc(tree)
    assert stored(store) == left
    assert plan.size_bytes > 0


def whole(tree: MadeUpTree) -> None:
    """No node without its ancestors, parts or frames; no part's record without its files."""
    now = stored(tree.catalog.store)
    for node in tree.catalog.nodes(tree.name):
        assert own_keys(tree, node) <= now
        assert all(keys.node(tree.name, stage, identity) in now for stage, identity in node.ancestors.items())
        assert None not in find_parts(tree.catalog.store, node.stage, [part.recipe for part in node.parts])
    for key in now:
        if key.endswith("/part.json"):
            assert key.replace("part.json", "data.parquet") in now
