"""Everything MPR reads from the environment, in one model. Secrets are read here and go nowhere else."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from mpr_core.cascade.access import Endpoint, ModelAccess, web_address
from mpr_core.errors import ConfigError
from mpr_core.inference.host.access import HostAccess
from mpr_core.media.limits import MediaLimits
from mpr_core.record import problems_of
from mpr_core.store.s3 import S3Access
from mpr_dagster.intake_settings import IntakeSettings

_NO_SECRET = SecretStr("")


class Settings(IntakeSettings):
    """The environment. Unset variables mean: everything local, below `MPR_HOME`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=Path(".mpr"), validation_alias="MPR_HOME", description="folder of all local state")
    media_in: str = Field(default="", validation_alias="MPR_MEDIA_IN", description="root of source video")
    media_out: str = Field(
        default="", validation_alias="MPR_MEDIA_OUT", description="root of frames, parts and reports"
    )
    s3_endpoint_url: str = Field(
        default="", validation_alias=AliasChoices("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    )
    s3_region: str = Field(default="", validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))
    s3_access_key_id: SecretStr | None = Field(default=None, validation_alias="AWS_ACCESS_KEY_ID")
    s3_secret_access_key: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    s3_session_token: SecretStr | None = Field(default=None, validation_alias="AWS_SESSION_TOKEN")
    s3_virtual_host: bool = Field(
        default=False,
        validation_alias="AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
        description="the bucket stands in the host's name, not in the path",
    )
    s3_ca_file: Path | None = Field(default=None, validation_alias="AWS_CA_BUNDLE")
    s3_patience_s: float = Field(
        default=60, validation_alias="MPR_S3_PATIENCE_S", gt=0, description="how long a failing request is repeated"
    )
    dagster_home: Path | None = Field(default=None, validation_alias="DAGSTER_HOME")
    skip_vlm: bool = Field(default=False, validation_alias="SKIP_VLM")
    skip_cloud: bool = Field(default=False, validation_alias="SKIP_CLOUD")
    max_pixels: int | None = Field(default=None, validation_alias="MPR_MAX_PIXELS", ge=1)
    max_duration_s: int | None = Field(default=None, validation_alias="MPR_MAX_DURATION_S", ge=1)
    max_streams: int | None = Field(default=None, validation_alias="MPR_MAX_STREAMS", ge=1)
    workers: int | None = Field(
        default=None, validation_alias="MPR_WORKERS", ge=0, description="processes that compute beside a run's own"
    )
    pause_limit_s: float = Field(
        default=900, validation_alias="MPR_PAUSE_LIMIT_S", ge=0, description="after this long a paused run is ended"
    )

    retry_wait_s: float = Field(
        default=30,
        validation_alias="MPR_RETRY_WAIT_S",
        ge=0,
        description="before a stage of a queued run is tried again after an outage; four times as long before the next time",
    )

    inference_url: str = Field(
        default="", validation_alias="INFERENCE_URL", description="inference host; empty: in-process"
    )
    inference_token: SecretStr = Field(default=_NO_SECRET, validation_alias="INFERENCE_TOKEN")
    inference_patience_s: float = Field(
        default=900,
        validation_alias="MPR_INFERENCE_PATIENCE_S",
        gt=0,
        description="how long an inference host that is away or overloaded is waited for",
    )
    vlm_url: str = Field(default="", validation_alias="VLM_URL", description="OpenAI-compatible endpoint, up to /v1")
    vlm_model: str = Field(default="", validation_alias="VLM_MODEL")
    vlm_api_key: SecretStr = Field(default=_NO_SECRET, validation_alias="VLM_API_KEY")
    anthropic_api_key: SecretStr = Field(default=_NO_SECRET, validation_alias="ANTHROPIC_API_KEY")
    gemini_api_key: SecretStr = Field(
        default=_NO_SECRET, validation_alias=AliasChoices("GEMINI_API_KEY", "GOOGLE_API_KEY")
    )
    openai_api_key: SecretStr = Field(default=_NO_SECRET, validation_alias="OPENAI_API_KEY")
    groq_api_key: SecretStr = Field(default=_NO_SECRET, validation_alias="GROQ_API_KEY")
    anthropic_base_url: str = Field(default="", validation_alias="ANTHROPIC_BASE_URL")
    gemini_base_url: str = Field(default="", validation_alias="GOOGLE_GEMINI_BASE_URL")
    openai_base_url: str = Field(default="", validation_alias="OPENAI_BASE_URL")
    groq_base_url: str = Field(default="", validation_alias="GROQ_BASE_URL")
    prices_file: Path | None = Field(
        default=None, validation_alias="MPR_PRICES", description="own prices of cloud models, over the shipped ones"
    )

    @field_validator(
        "inference_url", "vlm_url", "anthropic_base_url", "gemini_base_url", "openai_base_url", "groq_base_url"
    )
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        return web_address(url)

    def cloud_keys(self) -> dict[str, SecretStr]:
        """The cloud providers that have a key."""
        keys = {
            "anthropic": self.anthropic_api_key,
            "gemini": self.gemini_api_key,
            "openai": self.openai_api_key,
            "groq": self.groq_api_key,
        }
        return {provider: key for provider, key in keys.items() if key.get_secret_value()}

    def model_access(self) -> ModelAccess:
        """How vision-language models are reached."""
        return ModelAccess(
            vlm=Endpoint(url=self.vlm_url, key=self.vlm_api_key),
            vlm_model=self.vlm_model,
            host=Endpoint(url=self.inference_url, key=self.inference_token),
            anthropic=Endpoint(url=self.anthropic_base_url, key=self.anthropic_api_key),
            gemini=Endpoint(url=self.gemini_base_url, key=self.gemini_api_key),
            openai=Endpoint(url=self.openai_base_url, key=self.openai_api_key),
            groq=Endpoint(url=self.groq_base_url, key=self.groq_api_key),
            prices_file=self.prices_file,
        )

    def limits(self) -> MediaLimits:
        """Limits on source video, with the environment's changes."""
        given = {
            "max_pixels_px": self.max_pixels,
            "max_duration_s": self.max_duration_s,
            "max_streams": self.max_streams,
        }
        return MediaLimits(**{name: value for name, value in given.items() if value is not None})

    def s3_access(self) -> S3Access:
        """How `s3://` roots are reached."""
        return S3Access(
            endpoint_url=self.s3_endpoint_url.rstrip("/"),
            region=self.s3_region,
            access_key_id=self.s3_access_key_id,
            secret_access_key=self.s3_secret_access_key,
            session_token=self.s3_session_token,
            virtual_host=self.s3_virtual_host,
            ca_file=self.s3_ca_file,
            patience_s=self.s3_patience_s,
        )

    def inference_host(self) -> HostAccess | None:
        """How the inference host is reached; None: in-process."""
        if not self.inference_url:
            return None
        return HostAccess(self.inference_url, self.inference_token, self.inference_patience_s)

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
