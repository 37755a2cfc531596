"""Everything the host reads from the environment, in one model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mpr_core.errors import ConfigError
from mpr_core.inference.host.access import bare_token
from mpr_core.record import problems_of

_NO_SECRET = SecretStr("")


class HostSettings(BaseSettings):
    """The environment. What is not set suits one machine with one GPU, or none."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    token: SecretStr = Field(
        default=_NO_SECRET, validation_alias="INFERENCE_TOKEN", description="what every request has to show"
    )
    models: Path = Field(
        default=Path("/models"),
        validation_alias="GPU_MODELS",
        description="folder of weights; requests name paths below it",
    )
    engine: Literal["auto", "openvino", "cuda", "onnxruntime"] = Field(
        default="auto",
        validation_alias="GPU_ENGINE",
        description="what runs ONNX files: OpenVINO on the CPU as MPR does in-process, or ONNX Runtime on a CUDA GPU (cuda) "
        "or the CPU (onnxruntime); auto takes the GPU where there is one",
    )
    reader: Literal["onnx", "paddleocr"] = Field(
        default="onnx", validation_alias="GPU_READER", description="who runs the text recogniser's ONNX file"
    )
    onnx_yolo: Literal["onnx", "ultralytics"] = Field(
        default="onnx", validation_alias="GPU_ONNX_YOLO", description="who runs YOLO weights that are an .onnx file"
    )

    max_body_mib: int = Field(default=256, ge=1, validation_alias="GPU_MAX_BODY_MIB", description="of one request")
    max_images: int = Field(default=128, ge=1, validation_alias="GPU_MAX_IMAGES", description="in one request")
    max_pixels: int = Field(
        default=36_000_000, ge=1, validation_alias="GPU_MAX_PIXELS", description="of one image, before it is decoded"
    )
    max_running: int = Field(default=2, ge=1, validation_alias="GPU_MAX_RUNNING", description="requests worked on")
    max_waiting: int = Field(
        default=16, ge=0, validation_alias="GPU_MAX_WAITING", description="requests that wait; the next is told 429"
    )
    body_within_s: float = Field(
        default=60, gt=0, validation_alias="GPU_BODY_WITHIN_S", description="how long a request's body may take to come"
    )
    work_within_s: float = Field(
        default=60,
        gt=0,
        validation_alias="GPU_WORK_WITHIN_S",
        description="how long the images of one request may be worked on; MPR waits as long for an answer",
    )
    drain_s: float = Field(
        default=90, ge=0, validation_alias="GPU_DRAIN_S", description="how long SIGTERM waits for answers under way"
    )

    vlm_url: str = Field(default="", validation_alias="VLM_URL", description="OpenAI-compatible endpoint, up to /v1")
    vlm_model: str = Field(
        default="",
        validation_alias="VLM_MODEL",
        description="the model at VLM_URL; without VLM_URL a folder of weights below GPU_MODELS, which transformers runs here",
    )
    vlm_api_key: SecretStr = Field(default=_NO_SECRET, validation_alias="VLM_API_KEY")
    vlm_max_pixels: int = Field(
        default=1_003_520,
        ge=1_024,
        validation_alias="GPU_VLM_MAX_PIXELS",
        description="of a picture that transformers is given; larger ones are shrunk",
    )

    def secured(self) -> HostSettings:
        """These settings, if they may listen where other machines can reach them.

        Raises:
            ConfigError: there is no token.
        """
        if not self.token.get_secret_value():
            raise ConfigError(
                "the host does not start without a token",
                where="INFERENCE_TOKEN",
                why="anyone who reaches its address could use it",
                remedy="set INFERENCE_TOKEN here and for MPR, or start it for this machine alone: "
                "python -m gpu_service --host 127.0.0.1",
            )
        return self


def read_settings() -> HostSettings:
    """The environment now.

    Raises:
        ConfigError: a variable has a value that does not fit, or no header can hold the token.
    """
    try:
        settings = HostSettings()
    except ValidationError as error:
        raise ConfigError(
            "the environment is not valid", why=problems_of(error), remedy="mend or unset the variable"
        ) from error
    return settings.model_copy(update={"token": bare_token(settings.token)})
