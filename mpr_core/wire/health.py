"""GET /v2/health/live, /v2/health/ready and /v2/models/{name}: what the host is and has.

`/v2/models/{name}` takes the query parameters `precision` (as in the stages' configs, default auto) and, for the name `yolo`, `weights`
(the path below the host's models folder, as in the profile's `yolo_weights`); 404 `model_missing` where the host lacks it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from mpr_core.wire.envelope import Document, Name

YOLO = "yolo"
LANGUAGE_MODEL = "vlm/"
"""What the name of the model behind /vlm begins with in `Ready.models`."""
FORWARDED = "forwarded"
"""The digest of one that another server runs: only its name is known."""

_DIGEST = " sha256:"


class Live(Document):
    live: bool = True


class Ready(Document):
    """200 once the models are loaded, warm and of the digests they must have; 503 with a refusal before, and while draining."""

    ready: bool = True
    models: dict[str, str] = Field(default_factory=dict, description="model -> digest in force")


class ModelInfo(Document):
    """One model of the host."""

    name: Name
    digest: Name = Field(description="what decides its answers: bytes, engine and its version, precision")
    engine: Name
    precision: Name = Field(description="the one in force")
    source: str = Field(default="", description="where the weights come from, and their licence")
    warm: bool = False


def model_behind_vlm(models: Mapping[str, str]) -> str:
    """The language model among `Ready.models`, as 'name sha256:...', or its name where no more is known; empty where there is none."""
    for name, digest in models.items():
        if name.startswith(LANGUAGE_MODEL):
            files = digest.partition(" ")[0]
            return name.removeprefix(LANGUAGE_MODEL) + (f" {files}" if files.startswith(_DIGEST.strip()) else "")
    return ""


def bare_name(model: str) -> str:
    """A model's name without the digest that `model_behind_vlm` puts behind it."""
    return model.partition(_DIGEST)[0]


def exact_name(wanted: str, known: str) -> str:
    """The model that is wanted, with the digest of the known one if it is that; empty: the known one."""
    return known if wanted in ("", bare_name(known)) else wanted
