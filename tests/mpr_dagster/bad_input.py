"""Every row of docs/bad-input.md: the command that makes it, on files made for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.mpr_dagster.changed_homes import (
    SOME_RUN,
    begun,
    broken,
    chunk_changed,
    chunk_deleted,
    frames_deleted,
    half_cut,
    labelled,
    manifest_deleted,
    never_run,
    nothing,
    other_chunks,
    other_format,
    part_damaged,
    proposed,
    registry_broken,
    report_deleted,
    report_elsewhere,
)
from tests.mpr_dagster.command_line import CommandLine, Said
from tests.mpr_dagster.conftest import TIMELINE

EMPTY_SERVER = "http://a-server"
"""Stands for an S3 server without the bucket that is asked for."""


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        words: what is typed after `mpr`; file names are those of `bad_files`.
        change: done to a copy of the home first.
        keeps_timelines: no timeline is made or changed.
    """

    section: str
    what: str
    words: str
    environment: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Path], None] = nothing
    code: int = 2
    not_for_root: bool = False
    keeps_timelines: bool = True

    @property
    def command(self) -> str:
        """As the table shows it."""
        return " ".join([*(f"{n}={v}" for n, v in self.environment.items()), "mpr", self.words])

    def run(self, mpr: CommandLine, files: Path, *more: str, server: str = EMPTY_SERVER) -> Said:
        """Run it with `more` behind; a word that is the name of one of the files stands for its path.

        Args:
            server: the address of an S3 server without the bucket that is asked for.
        """
        self.change(mpr.home)
        names = {path.name for path in files.iterdir()} | {"missing.mp4", "missing.yaml", "film.avi", "nowhere"}

        def placed(word: str) -> str:
            return str(files / word) if word.split("/")[0] in names else word

        environment = {n: server if v == EMPTY_SERVER else placed(v) for n, v in self.environment.items()}
        return mpr(*map(placed, self.words.split(" ")), *more, **environment)

    def row(self, head: str, why: str) -> str:
        """The line of the table that an answer makes."""
        cells = [self.what, f"`{self.command}`", f"`{head}`", why, str(self.code)]
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def answer(said: Said, mpr: CommandLine, files: Path) -> tuple[str, str]:
    """What failed and why, without the places, digests and sizes that differ from machine to machine."""
    text = said.err or "\n".join(
        line for line in said.out.splitlines() if line.startswith(("damaged", "longer than asked"))
    )
    text = text.replace(f"{files}/", "").replace(str(mpr.home), "MPR_HOME")
    text = re.sub(r"\d+ bytes", "… bytes", re.sub(r"\b([0-9a-f]{2}/)?[0-9a-f]{8,}\b", "…", text))
    lines = text.splitlines()
    why = [line.removeprefix("  why: ") for line in lines if line.startswith("  why: ")]
    return lines[0], " ".join(why)


NEW = "--timeline new"
FILES = "Files"
CUTS = "Long sources"
IDS = "Timelines"
RUNS = "Runs and reports"
OVERLAYS = "Overlays"
CONTROL = "Control of runs"
KNOBS = "Settings and profiles"
LISTS = "Brand lists"
NAMES = "The brand registry"
TREE = "The checkpoint tree"
FILMS = "Drawn films"
WORLD = "Environment and stores"
BACK = "What changed behind MPR's back"

BUCKET = {"MPR_MEDIA_OUT": "s3://no-such-bucket/out"}
SERVER = {"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET", "S3_ENDPOINT_URL": EMPTY_SERVER}

CASES = (
    Case(FILES, "a file that is not there", f"ingest missing.mp4 {NEW}"),
    Case(FILES, "a folder", f"ingest folder {NEW}"),
    Case(FILES, "an empty file", f"ingest empty.mp4 {NEW}"),
    Case(FILES, "text with the name of a video", f"ingest notes.mp4 {NEW}"),
    Case(FILES, "a playlist with the name of a video", f"ingest playlist.mp4 {NEW}"),
    Case(FILES, "a picture", f"ingest picture.mp4 {NEW}"),
    Case(FILES, "sound without a picture", f"ingest sound.mp4 {NEW}"),
    Case(FILES, "an mp4 without its index", f"ingest headless.mp4 {NEW}"),
    Case(FILES, "a file without the right to read it", f"ingest locked.mp4 {NEW}", not_for_root=True),
    Case(FILES, "frames over the limit", f"ingest film.mp4 {NEW}", {"MPR_MAX_PIXELS": "10000"}),
    Case(FILES, "longer than the limit", f"ingest film.mp4 {NEW}", {"MPR_MAX_DURATION_S": "2"}),
    Case(FILES, "more streams than the limit", f"ingest two-streams.mp4 {NEW}", {"MPR_MAX_STREAMS": "1"}),
    Case(FILES, "one bad file among good ones", f"ingest film.mp4 empty.mp4 {NEW}"),
    Case(FILES, "a damaged file, refused", f"ingest truncated.mkv {NEW} --strict"),
    Case(FILES, "a damaged file, used up to the damage", f"ingest truncated.mkv {NEW}", code=0, keeps_timelines=False),
    Case(FILES, "no file", f"ingest {NEW}"),
    Case(CUTS, "a file that is not there", "chunk missing.mp4 --seconds 60"),
    Case(CUTS, "a folder", "chunk folder --seconds 60"),
    Case(CUTS, "text with the name of a video", "chunk notes.mp4 --seconds 60"),
    Case(CUTS, "a playlist with the name of a video", "chunk playlist.mp4 --seconds 60"),
    Case(CUTS, "the address of a live playlist", "chunk https://host/live.m3u8 --seconds 60"),
    Case(CUTS, "sound without a picture", "chunk sound.mp4 --seconds 60"),
    Case(CUTS, "a container that stores no presentation times", "chunk old.avi --seconds 60"),
    Case(CUTS, "no length", "chunk film.mp4"),
    Case(CUTS, "a length of nothing", "chunk film.mp4 --seconds 0"),
    Case(CUTS, "a length below zero", "chunk film.mp4 --seconds=-5"),
    Case(CUTS, "a length that is no number", "chunk film.mp4 --seconds minute"),
    Case(CUTS, "no workers", "chunk film.mp4 --seconds 60 --workers 0"),
    Case(CUTS, "a prefix that climbs", "chunk film.mp4 --seconds 60 --to ../match"),
    Case(
        CUTS,
        "a prefix with another source's chunks",
        "chunk film.mp4 --seconds 60 --to chunks/match",
        change=other_chunks,
    ),
    Case(
        CUTS,
        "a length shorter than the distance of keyframes",
        "chunk film.mp4 --seconds 0.1 --to chunks/short",
        code=0,
        keeps_timelines=False,
    ),
    Case(CUTS, "chunks of a source that is not cut to its end", f"ingest chunks/match {NEW}", change=half_cut),
    Case(CUTS, "a folder that is no source", "sources chunks/nosuch"),
    Case(CUTS, "a release of nothing", "sources incoming/match --release"),
    Case(CUTS, "a release without a name", "sources --release"),
    Case(IDS, "an id with a slash", "ingest film.mp4 --timeline a/b"),
    Case(IDS, "an id that climbs", "ingest film.mp4 --timeline .."),
    Case(IDS, "an id of 64 characters", f"ingest film.mp4 --timeline {'x' * 64}"),
    Case(IDS, "no id", "ingest film.mp4"),
    Case(IDS, "other files for a timeline that exists", f"ingest other.mp4 --timeline {TIMELINE}"),
    Case(IDS, "appending to nothing", f"ingest film.mp4 {NEW} --append"),
    Case(IDS, "an unknown profile", f"ingest film.mp4 {NEW} --profile generik"),
    Case(IDS, "an unknown timeline, shown", "timeline nosuch"),
    Case(IDS, "an unknown timeline, deleted", "timeline nosuch --delete-cache"),
    Case(IDS, "a chunk that a timeline has not", f"timeline {TIMELINE} --drop nosuch.mp4"),
    Case(RUNS, "an unknown timeline", "run nosuch"),
    Case(RUNS, "a report of an unknown timeline", "report nosuch"),
    Case(RUNS, "a report before a run", f"report {TIMELINE}", change=never_run),
    Case(RUNS, "a stage before its input", f"run {TIMELINE} --stages run_ocr", change=never_run),
    Case(RUNS, "an unknown stage", f"run {TIMELINE} --stages run_orc"),
    Case(
        RUNS,
        "a selection with a hole",
        f"run {TIMELINE} --stages match_brands,compile_report --set match_brands.min_score=90",
    ),
    Case(RUNS, "a launch of an unknown timeline", "launch nosuch"),
    Case(RUNS, "a launch of nothing", "launch"),
    Case(RUNS, "a launch of one and of all", f"launch {TIMELINE} --all"),
    Case(RUNS, "a launch of a stage before its input", f"launch {TIMELINE} --stages run_ocr", change=never_run),
    Case(RUNS, "a launch with a knob out of range", f"launch {TIMELINE} --set extract_frames.fps=0"),
    Case(RUNS, "a launch with a workspace that is not there", f"launch {TIMELINE} -w missing.yaml"),
    Case(RUNS, "JSON and CSV at once", f"report {TIMELINE} --json --csv"),
    Case(RUNS, "what an unknown run has cost", "ledger ffffff"),
    Case(RUNS, "what an unknown timeline has cost", "ledger --timeline nosuch"),
    Case(RUNS, "events of an unknown run", "events ffffff"),
    Case(RUNS, "events of what is no run", f"events {TIMELINE}"),
    Case(RUNS, "a kind of event that there is not", "events ffffff --kind cots"),
    Case(RUNS, "a cursor within a line", f"events {SOME_RUN} --cursor 7", change=begun),
    Case(RUNS, "a cursor below zero", f"events {SOME_RUN} --cursor -7"),
    Case(RUNS, "a difference from an unknown node", f"diff {TIMELINE} nosuch head"),
    Case(RUNS, "a difference of an unknown timeline", "diff nosuch head head"),
    Case(RUNS, "a difference of two stages", f"diff {TIMELINE} run_ocr match_brands"),
    Case(RUNS, "an earlier node that no report rests on", f"diff {TIMELINE} run_ocr head", change=report_elsewhere),
    Case(RUNS, "a difference as JSON and as a page", f"diff {TIMELINE} head head --json --html"),
    Case(RUNS, "a place that is no box", f"why {TIMELINE} --brand Vantelo --at 1 --box 10,10,50"),
    Case(RUNS, "a box with its corners swapped", f"why {TIMELINE} --brand Vantelo --at 1 --box 50,40,10,10"),
    Case(RUNS, "a box outside the frame", f"why {TIMELINE} --brand Vantelo --at 1 --box 900,10,950,40"),
    Case(RUNS, "a second that is none", f"why {TIMELINE} --brand Vantelo --at soon"),
    Case(RUNS, "a second outside the timeline", f"why {TIMELINE} --brand Vantelo --at 1:30"),
    Case(RUNS, "a brand without a letter", f"why {TIMELINE} --brand ?! --at 1"),
    Case(RUNS, "a reason at an unknown node", f"why {TIMELINE} --brand Vantelo --at 1 --node nosuch"),
    Case(RUNS, "a reason of an unknown timeline", "why nosuch --brand Vantelo --at 1"),
    Case(RUNS, "a reason before a run", f"why {TIMELINE} --brand Vantelo --at 1", change=never_run),
    Case(RUNS, "an unknown option", f"run {TIMELINE} --sets a.b=1"),
    Case(RUNS, "an unknown command", "runn"),
    Case(OVERLAYS, "an unknown timeline", "overlay nosuch --stage run_ocr"),
    Case(OVERLAYS, "no stage", f"overlay {TIMELINE}"),
    Case(OVERLAYS, "an unknown stage", f"overlay {TIMELINE} --stage run_orc"),
    Case(OVERLAYS, "a stage that never ran", f"overlay {TIMELINE} --stage run_ocr", change=never_run),
    Case(OVERLAYS, "a second outside the timeline", f"overlay {TIMELINE} --stage run_ocr --at 4"),
    Case(OVERLAYS, "a second that is none", f"overlay {TIMELINE} --stage run_ocr --at noon"),
    Case(OVERLAYS, "a second before the timeline", f"overlay {TIMELINE} --stage run_ocr --at -1"),
    Case(OVERLAYS, "a second that is no number", f"overlay {TIMELINE} --stage run_ocr --at nan"),
    Case(OVERLAYS, "a scene that is not there", f"overlay {TIMELINE} --stage run_ocr --scene 9"),
    Case(OVERLAYS, "scenes before they are known", f"overlay {TIMELINE} --stage extract_frames --scene 1"),
    Case(OVERLAYS, "a step of nothing", f"overlay {TIMELINE} --stage run_ocr --every 0"),
    Case(OVERLAYS, "a second and a scene at once", f"overlay {TIMELINE} --stage run_ocr --at 1 --scene 1"),
    Case(OVERLAYS, "a node of an earlier stage", f"overlay {TIMELINE} --stage match_brands --node run_ocr"),
    Case(OVERLAYS, "a node that is not there", f"overlay {TIMELINE} --stage run_ocr --node 0123abcd"),
    Case(OVERLAYS, "a file for a folder", f"overlay {TIMELINE} --stage run_ocr --at 1 -o notes.mp4"),
    Case(CONTROL, "a run that is not there", "pause 00000000"),
    Case(CONTROL, "too little of an id", "stop 0"),
    Case(CONTROL, "no id at all", "resume yesterday"),
    Case(CONTROL, "the status of an unknown run", "status 00000000"),
    Case(CONTROL, "the marks of an unknown run", "clear 00000000"),
    Case(CONTROL, "a pause of no length", f"run {TIMELINE}", {"MPR_PAUSE_LIMIT_S": "-1"}),
    Case(KNOBS, "an unknown stage", f"run {TIMELINE} --set run_orc.min_score=1"),
    Case(KNOBS, "an unknown field", f"run {TIMELINE} --set extract_frames.fsp=1"),
    Case(KNOBS, "a value out of range", f"run {TIMELINE} --set extract_frames.fps=0"),
    Case(KNOBS, "a value of another type", f"run {TIMELINE} --set match_brands.min_score=high"),
    Case(KNOBS, "no value", f"run {TIMELINE} --set extract_frames.fps"),
    Case(KNOBS, "no field", f"run {TIMELINE} --set extract_frames=2"),
    Case(KNOBS, "a value that is not YAML", f"run {TIMELINE} --set match_brands.brands=[a"),
    Case(KNOBS, "a stage that is always needed, off", f"run {TIMELINE} --set run_ocr.enabled=false"),
    Case(
        KNOBS,
        "a setting of a stage that is not to run",
        f"run {TIMELINE} --stages compile_report --set extract_frames.fps=4",
    ),
    Case(KNOBS, "an unknown profile", f"run {TIMELINE} --profile generik"),
    Case(KNOBS, "an unknown profile, shown", "profiles show generik"),
    Case(KNOBS, "a profile that exists", "profiles copy generic two_parts"),
    Case(KNOBS, "a profile name with a slash", "profiles copy generic a/b"),
    Case(KNOBS, "a profile that is not there", "profiles validate missing.yaml"),
    Case(KNOBS, "a profile that is not text", "profiles validate not-text.yaml"),
    Case(KNOBS, "a profile that is not YAML", "profiles validate not-yaml.yaml"),
    Case(KNOBS, "a profile that is a list", "profiles validate no-mapping.yaml"),
    Case(KNOBS, "a profile without a name", "profiles validate no-name.yaml"),
    Case(KNOBS, "a profile of another format", "profiles validate other-format.yaml"),
    Case(KNOBS, "a profile with an unknown key", "profiles validate unknown-key.yaml"),
    Case(KNOBS, "a profile with an unknown stage", "profiles validate unknown-stage.yaml"),
    Case(KNOBS, "a profile with an unknown field", "profiles validate unknown-field.yaml"),
    Case(KNOBS, "a profile with values out of range", "profiles validate out-of-range.yaml"),
    Case(KNOBS, "a profile with a value of another type", "profiles validate wrong-type.yaml"),
    Case(KNOBS, "a profile without a stage that is needed", "profiles validate needed-stage-off.yaml"),
    Case(KNOBS, "a profile with a bad brand", "profiles validate bad-brands.yaml"),
    Case(
        KNOBS,
        "a cloud model without a price",
        f'run {TIMELINE} --set escalate_cloud.providers=[{{"provider":"openai","model":"nosuch"}}]',
        {"OPENAI_API_KEY": "a-key"},
    ),
    Case(
        KNOBS,
        "a provider that is named twice",
        f'run {TIMELINE} --set escalate_cloud.providers=[{{"provider":"groq"}},{{"provider":"groq"}}]',
    ),
    Case(LISTS, "a list that is not there", f"ingest film.mp4 {NEW} --brands missing.yaml"),
    Case(LISTS, "a list that is not YAML", "brands check list-not-yaml.yaml"),
    Case(LISTS, "a list that is not JSON", "brands check list-not-json.json"),
    Case(LISTS, "no list", "brands check list-mapping.yaml"),
    Case(LISTS, "an unknown field", "brands check list-unknown-field.yaml"),
    Case(LISTS, "a brand without a name", "brands check list-no-name.yaml"),
    Case(LISTS, "a number for a name", "brands check list-number.yaml"),
    Case(LISTS, "one name for two brands", f"ingest film.mp4 {NEW} --brands list-twice.yaml"),
    Case(LISTS, "a video for a list", "brands check film.mp4"),
    Case(NAMES, "an unknown name", "brands accept Fjelqua", change=proposed),
    Case(NAMES, "a name before any was found", "brands show Fjellqua"),
    Case(NAMES, "a state that there is not", "brands list --state new"),
    Case(NAMES, "one spelling for two names", "brands accept Fjellqua Trebix --as Trebix", change=proposed),
    Case(NAMES, "a spelling without a letter", "brands accept Fjellqua --as ?!", change=proposed),
    Case(NAMES, "an alias that is on the list", "brands accept Fjellqua --alias VANTELO", change=proposed),
    Case(NAMES, "an unknown timeline", "brands accept Fjellqua --timeline nosuch", change=proposed),
    Case(NAMES, "one timeline and all", f"brands accept Fjellqua --timeline {TIMELINE} --all", change=proposed),
    Case(NAMES, "a merge into a brand that is nowhere", "brands merge Fjellqua --into Trebx", change=proposed),
    Case(NAMES, "a merge into a name that is not accepted", "brands merge Fjellqua --into Trebix", change=proposed),
    Case(NAMES, "a merge into itself", "brands merge Fjellqua --into FJELLQUA", change=proposed),
    Case(NAMES, "a merge into nothing", "brands merge Fjellqua", change=proposed),
    Case(NAMES, "an import of a list that contradicts itself", "brands import list-twice.yaml"),
    Case(NAMES, "an export over a file", "brands export brands.json"),
    Case(NAMES, "an export into no folder", "brands export nowhere/brands.yaml"),
    Case(TREE, "a tree of an unknown timeline", "checkpoints nosuch"),
    Case(TREE, "a tree of an unknown stage", f"checkpoints {TIMELINE} --stage run_orc"),
    Case(TREE, "an unknown node, promoted", "promote 0123456789abcdef"),
    Case(TREE, "a branch with a hole, promoted", "promote compile_report", change=manifest_deleted),
    Case(TREE, "an unknown node, named", f"label nosuch strict --timeline {TIMELINE}"),
    Case(TREE, "a stage's name for a label", "label run_ocr match_brands"),
    Case(TREE, "an id for a label", "label run_ocr abcd1234"),
    Case(TREE, "a label that is taken", "label run_ocr strict", change=labelled),
    Case(TREE, "a label that is not there, removed", "label run_ocr loose --delete"),
    Case(TREE, "a label of another node, removed", "label run_ocr strict --delete", change=labelled),
    Case(TREE, "a label moved and removed at once", "label run_ocr strict --delete --move"),
    Case(TREE, "scenarios of an unknown timeline", "scenarios nosuch"),
    Case(TREE, "garbage of an unknown timeline", "gc nosuch"),
    Case(TREE, "an age that is none", "gc --older-than -1"),
    Case(TREE, "an age before all dates", "gc --older-than inf"),
    Case(FILMS, "a size that is none", "synth nowhere/a.mp4 --size big"),
    Case(FILMS, "an odd size", "synth nowhere/a.mp4 --size 641x360"),
    Case(FILMS, "a size that is too large", "synth nowhere/a.mp4 --size 20000x10000"),
    Case(FILMS, "no length", "synth nowhere/a.mp4 --seconds 0"),
    Case(FILMS, "a rate that is none", "synth nowhere/a.mp4 --fps fast"),
    Case(FILMS, "an unknown kind", "synth nowhere/a.mp4 --kind tennis"),
    Case(FILMS, "a name of another container", "synth film.avi --seconds 1"),
    Case(FILMS, "a file for a folder", "synth notes.mp4/a.mp4 --seconds 1"),
    Case(FILMS, "a demo of a bad size", "demo --size big"),
    Case(WORLD, "a limit that is no number", f"ingest film.mp4 {NEW}", {"MPR_MAX_PIXELS": "abc"}),
    Case(WORLD, "a switch that is none", f"run {TIMELINE}", {"SKIP_VLM": "perhaps"}),
    Case(WORLD, "a limit of nothing", f"ingest film.mp4 {NEW}", {"MPR_MAX_DURATION_S": "0"}),
    Case(WORLD, "a file for MPR_HOME", "timelines", {"MPR_HOME": "film.mp4"}),
    Case(WORLD, "a store of an unknown kind", "timelines", {"MPR_MEDIA_OUT": "ftp://host/out"}),
    Case(WORLD, "a source root of an unknown kind", f"ingest film.mp4 {NEW}", {"MPR_MEDIA_IN": "https://host/in"}),
    Case(WORLD, "a watched folder that climbs", "timelines", {"MPR_WATCH": "incoming,../match"}),
    Case(WORLD, "a rule that is no expression", "timelines", {"MPR_WATCH_TIMELINE": "(.+/[^/]+"}),
    Case(WORLD, "a rule that names nothing", "timelines", {"MPR_WATCH_TIMELINE": ".+/[^/]+"}),
    Case(WORLD, "no time between two ticks", "timelines", {"MPR_WATCH_EVERY_S": "0"}),
    Case(WORLD, "runs that are kept for no time", "timelines", {"MPR_TIDY_KEEP_DAYS": "0"}),
    Case(WORLD, "an address that is none", "doctor", {"INFERENCE_URL": "gpu:8000"}),
    Case(WORLD, "an instance whose variable is not set", "status", {"DAGSTER_HOME": "unset-instance"}),
    Case(WORLD, "an instance that is not configured well", "status", {"DAGSTER_HOME": "bad-instance"}),
    Case(WORLD, "a root that names no bucket", "timelines", {"MPR_MEDIA_OUT": "s3:///out"}),
    Case(WORLD, "keys in a root", "timelines", {"MPR_MEDIA_OUT": "s3://key:secret@bucket/out"}),
    Case(WORLD, "an endpoint without a scheme", "timelines", {**BUCKET, "S3_ENDPOINT_URL": "minio.example:9000"}),
    Case(WORLD, "keys in an endpoint", "timelines", {**BUCKET, "S3_ENDPOINT_URL": "https://key:secret@minio.example"}),
    Case(WORLD, "a key without its secret", "timelines", {**BUCKET, "AWS_ACCESS_KEY_ID": "KEY"}),
    Case(WORLD, "certificates that are not there", "timelines", {**BUCKET, "AWS_CA_BUNDLE": "missing.yaml"}),
    Case(WORLD, "a bucket that is not there", f"run {TIMELINE}", {**BUCKET, **SERVER}),
    Case(WORLD, "a bucket that is not there, for a file", f"ingest film.mp4 {NEW}", {**BUCKET, **SERVER}),
    Case(
        WORLD,
        "a store that is down",
        f"run {TIMELINE}",
        {**BUCKET, **SERVER, "S3_ENDPOINT_URL": "http://127.0.0.1:1", "MPR_S3_PATIENCE_S": "0.1"},
        code=1,
    ),
    Case(BACK, "a timeline that is no JSON", f"run {TIMELINE}", change=broken("{"), code=1),
    Case(BACK, "a timeline of another format", f"run {TIMELINE}", change=other_format, code=1),
    Case(
        BACK,
        "a timeline that contradicts its format",
        f"timeline {TIMELINE}",
        change=broken('{"format": "mpr.timeline/1", "id": "match", "chunks": []}'),
        code=1,
    ),
    Case(BACK, "a document of the registry that is no JSON", "brands list", change=registry_broken, code=1),
    Case(BACK, "a chunk that is gone", f"run {TIMELINE} --set extract_frames.fps=4", change=chunk_deleted),
    Case(BACK, "a chunk that was changed", f"run {TIMELINE} --set extract_frames.fps=4", change=chunk_changed),
    Case(
        BACK,
        "a stored part that was changed",
        f"run {TIMELINE} --set match_brands.min_score=90",
        change=part_damaged,
        code=1,
    ),
    Case(
        BACK,
        "a sampled frame that is gone",
        f"overlay {TIMELINE} --stage run_ocr --at 1",
        change=frames_deleted,
        code=1,
    ),
    Case(BACK, "a report that was deleted", f"report {TIMELINE}", change=report_deleted),
)
