"""Finding a timeline's report, and a place where a browser can open it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from mpr_core.errors import InputError
from mpr_core.lineage.catalog import Catalog
from mpr_core.lineage.node import Node
from mpr_core.lineage.references import find_node, report_of
from mpr_core.report.model import Report, load_report
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_dagster.home import Home


def head_node(catalog: Catalog, timeline_id: str) -> Node:
    """The compile_report node a timeline stands at.

    Raises:
        UnknownTimeline: there is no such timeline.
        InputError: it was never run to a report.
    """
    catalog.timeline(timeline_id)
    node = catalog.head(timeline_id, "compile_report")
    if node is None:
        raise InputError(
            "no report yet",
            where=timeline_id,
            why="compile_report never ran on this timeline",
            remedy=f"mpr run {timeline_id}",
        )
    return node


def report_node(catalog: Catalog, timeline_id: str, reference: str) -> Node:
    """The compile_report node that a reference means: itself, or of those that rest on it the head, else the newest.

    Raises:
        UnknownNode: nothing fits.
        InputError: no report rests on that node.
    """
    return report_of(catalog, find_node(catalog, reference, timeline_id=timeline_id))


def head_report(catalog: Catalog, timeline_id: str) -> Report:
    """The report a timeline stands at."""
    return published_report(catalog.store, head_node(catalog, timeline_id))


def published_report(store: ObjectStore, node: Node) -> Report:
    """The report of a compile_report node."""
    return _parsed(report_file(store, node, "report.json").decode())


@lru_cache(maxsize=2)  # at the end of a replay the new report is asked for three times
def _parsed(text: str) -> Report:
    return load_report(text)


def report_file(store: ObjectStore, node: Node, name: str) -> bytes:
    """One file of a published report.

    Raises:
        InputError: it was deleted.
    """
    key = f"{keys.report_folder(node.timeline, node.id)}/{name}"
    try:
        return store.get(key)
    except KeyError:
        raise InputError(
            "the report is gone",
            where=key,
            why="it was deleted",
            remedy=f"mpr replay {node.timeline} --stage compile_report --from {node.id} puts it there again",
        ) from None


def report_location(home: Home, node: Node) -> str:
    """A path or URL of report.html."""
    store, key = home.media_out(), page_key(node)
    path = store.path_of(key)
    return str(_near(path)) if path is not None else store.named(key)


def local_report(home: Home, node: Node) -> Path:
    """report.html as a local file; a copy below MPR_HOME when the store is remote."""
    path = home.media_out().path_of(page_key(node))
    if path is not None:
        return path
    copy = home.root / "reports" / f"{node.timeline}-{node.id}.html"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(report_file(home.media_out(), node, "report.html"))
    return copy


def report_link(store: ObjectStore, node: Node) -> str:
    """A URL of report.html that a browser opens: signed for an hour in a bucket, the file's own in a folder.

    Raises:
        InputError: the store has no URLs.
    """
    key = page_key(node)
    path = store.path_of(key)
    link = store.link(key) if path is None else path.as_uri()
    if link is None:
        raise InputError(
            "no link", where=store.url, why="the store has no URLs", remedy="mpr report ... -o DIR copies it"
        )
    return link


def copy_report(store: ObjectStore, node: Node, folder: Path) -> None:
    """Every file of a published report put into a folder; its page holds its pictures itself."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [key for key, _ in store.keys(keys.report_folder(node.timeline, node.id))]
    for key, data in zip(found, store.get_many(found), strict=True):
        if data is not None:
            (folder / key.rsplit("/", 1)[-1]).write_bytes(data)


def page_key(node: Node) -> str:
    """The name of a node's report.html."""
    return f"{keys.report_folder(node.timeline, node.id)}/report.html"


def _near(path: Path) -> Path:
    """Relative to the working folder when it is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
