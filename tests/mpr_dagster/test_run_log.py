"""The Dagster event log is kept for ever: a run that says thousands of things writes few of them there."""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as an object.
from collections import Counter
from pathlib import Path

import dagster as dg

from mpr_core.runner.events import Event, read_events
from mpr_core.runner.found import Found
from mpr_dagster.home import Home
from mpr_dagster.run_events import LOG_EVERY_S, run_sink
from tests.mpr_dagster.command_line import CommandLine

STAGES = ("detect_objects", "run_ocr")
TOLD = 1000
STEP_S = 0.01


def sentences(run_id: str, instance: dg.DagsterInstance) -> list[tuple[int, str]]:
    """Level and text of what was said in the log, without Dagster's own lines."""
    records = instance.all_logs(run_id)
    return [(entry.level, entry.user_message) for entry in records if entry.dagster_event is None]


def test_progress_is_logged_once_per_stage_and_two_seconds_and_detections_never(tmp_path: Path) -> None:
    """Ten seconds of a hundred events a second and kind from each of two stages."""
    now = [0.0]

    @dg.op
    def talk(context: dg.OpExecutionContext) -> None:
        sink = run_sink(Home(), context.run, "match", context.log, clock=lambda: now[0])
        for number in range(TOLD):
            now[0] = number * STEP_S
            for stage in STAGES:
                sink(Event(kind="progress", stage=stage, segments_done=number, segments_total=TOLD))
                sink(Event(kind="detections", stage=stage, found=Found()))
                sink(Event(kind="log", stage=stage, level="info", message=f"line {number}"))
                sink(Event(kind="log", stage=stage, level="warning", message="the picture is odd"))
        for stage in STAGES:
            sink(Event(kind="stage_finished", stage=stage, status="done", elapsed_s=10))

    @dg.job(logger_defs={"console": dg.colored_console_logger})
    def job() -> None:
        talk()

    with CommandLine(tmp_path / "home").inside(), dg.DagsterInstance.ephemeral() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        run_id = job.execute_in_process(instance=instance, run_config=quiet).run_id
        said = sentences(run_id, instance)
        events = read_events(Home().events_path(run_id))[0]
    most = round(TOLD * STEP_S / LOG_EVERY_S)
    kinds = Counter(
        (text.split(":")[0], "progress" if "segments" in text else "line" if "line" in text else "once")
        for _, text in said
    )
    for stage in STAGES:
        assert kinds[stage, "progress"] == kinds[stage, "line"] == most == 5
        assert [text for level, text in said if level == 30 and text.startswith(stage)] == [
            f"{stage}: warning: the picture is odd"
        ]
        assert f"{stage}: done in 10.0 s" in [text for _, text in said]
    assert len(said) == len(STAGES) * (2 * most + 2)
    assert Counter(event.kind for event in events) == {
        "run_started": 1, "progress": 2 * TOLD, "detections": 2 * TOLD, "log": 4 * TOLD, "stage_finished": 2
    }, "the run's own file has everything"  # fmt: skip
