"""Everything MPR reads from the environment, in one model. Secrets are read here and go nowhere else."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from mpr_core.errors import ConfigError
from mpr_core.media.limits import MediaLimits
from mpr_core.record import problems_of
from mpr_dagster.intake_settings import IntakeSettings


class Settings(IntakeSettings):
    """The environment. Unset variables mean: everything local, below `MPR_HOME`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=Path(".mpr"), validation_alias="MPR_HOME", description="folder of all local state")
    media_in: str = Field(default="", validation_alias="MPR_MEDIA_IN", description="root of source video")
    media_out: str = Field(
        default="", validation_alias="MPR_MEDIA_OUT", description="root of frames, parts and reports"
    )
    s3_endpoint_url: str = Field(default="", validation_alias="S3_ENDPOINT_URL")
    dagster_home: Path | None = Field(default=None, validation_alias="DAGSTER_HOME")
    skip_vlm: bool = Field(default=False, validation_alias="SKIP_VLM")
    skip_cloud: bool = Field(default=False, validation_alias="SKIP_CLOUD")
    max_pixels: int | None = Field(default=None, validation_alias="MPR_MAX_PIXELS", ge=1)
    max_duration_s: int | None = Field(default=None, validation_alias="MPR_MAX_DURATION_S", ge=1)
    max_streams: int | None = Field(default=None, validation_alias="MPR_MAX_STREAMS", ge=1)
    pause_limit_s: float = Field(
        default=900, validation_alias="MPR_PAUSE_LIMIT_S", ge=0, description="after this long a paused run is ended"
    )

    def limits(self) -> MediaLimits:
        """Limits on source video, with the environment's changes."""
        given = {
            "max_pixels_px": self.max_pixels,
            "max_duration_s": self.max_duration_s,
            "max_streams": self.max_streams,
        }
        return MediaLimits(**{name: value for name, value in given.items() if value is not None})

    def disabled_reasons(self) -> dict[str, str]:
        """Stages the environment switches off, and why."""
        reasons = {}
        if self.skip_vlm:
            reasons["escalate_vlm"] = "SKIP_VLM is set"
        if self.skip_cloud:
            reasons["escalate_cloud"] = "SKIP_CLOUD is set"
        return reasons


def read_settings() -> Settings:
    """The environment now.

    Raises:
        ConfigError: a variable has a value that does not fit.
    """

    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(
            "the environment is not valid",
            why=problems_of(error),
            remedy="mend or unset the variable",
        ) from error
