"""The environment's part on what runs by itself: watching a bucket, telling of failures, tidying up."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from mpr_core.intake.watched import FOLDER, TimelineRule, WatchedFolders, WatchRules

_WATCHED = "incoming"


class IntakeSettings(BaseSettings):
    """A sensor or schedule runs from the start where its setting is given; else it waits to be switched on in the UI."""

    watch: WatchedFolders | None = Field(
        default=None, validation_alias="MPR_WATCH", description="folders of media-in, with commas between them"
    )
    watch_timeline: TimelineRule = Field(
        default=FOLDER, validation_alias="MPR_WATCH_TIMELINE", description="regular expression: key to timeline"
    )
    watch_profile: str = Field(
        default="generic", validation_alias="MPR_WATCH_PROFILE", description="of timelines that the sensor makes"
    )
    watch_every_s: int = Field(default=30, validation_alias="MPR_WATCH_EVERY_S", ge=1)
    watch_requests: int = Field(
        default=10, validation_alias="MPR_WATCH_REQUESTS", ge=1, description="runs asked for in one tick"
    )
    watch_attempts: int = Field(
        default=3, validation_alias="MPR_WATCH_ATTEMPTS", ge=1, description="how often a run that fails is asked for"
    )
    watch_backoff_s: float = Field(
        default=60, validation_alias="MPR_WATCH_BACKOFF_S", ge=0, description="wait before the second attempt"
    )
    failure_webhook: SecretStr | None = Field(default=None, validation_alias="MPR_FAILURE_WEBHOOK")
    tidy_delete: bool = Field(
        default=False, validation_alias="MPR_TIDY_DELETE", description="schedules delete; without it they only say"
    )
    tidy_gc_hours: float = Field(
        default=24,
        validation_alias="MPR_TIDY_GC_HOURS",
        ge=0,
        le=1e6,
        description="the schedule of gc keeps what is younger",
    )
    tidy_keep_days: float | None = Field(
        default=None,
        validation_alias="MPR_TIDY_KEEP_DAYS",
        ge=1,
        le=36500,
        description="ended runs are kept for so long; unset: for ever",
    )

    def watch_rules(self) -> WatchRules:
        """What the sensor goes by."""
        return WatchRules(
            folders=self.watch or _WATCHED,
            timeline=self.watch_timeline,
            requests_a_tick=self.watch_requests,
            attempts=self.watch_attempts,
            backoff_s=self.watch_backoff_s,
        )
