"""A vision-language model run by transformers, for a host with one GPU, or none and patience.

Belongs here: loading and asking. Not here: which folders may be loaded (`language_folder`), the schema (`json_guide`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from gpu_service.engines.json_guide import JsonGuide, UnusableSchema
from gpu_service.language_folder import folder_digest, language_folder
from gpu_service.settings import HostSettings
from gpu_service.upload import SentPicture
from gpu_service.work import Work
from mpr_core.cascade.provider import Ask, FailureKind, ProviderError, Reply, Usage
from mpr_core.cascade.providers.answer_text import json_object
from mpr_core.errors import ConfigError
from mpr_core.report.thumbnails import encode_jpeg
from mpr_core.wire.health import LANGUAGE_MODEL

_MOST_S = 120.0
_WARM = Ask("Answer with JSON.", "Is it grey?", (), {"type": "object", "additionalProperties": False}, 16)


@lru_cache(maxsize=1)
def transformers_library() -> Any:
    """The library, told to fetch nothing, which it learns on being imported.

    Raises:
        ConfigError: it is not installed.
    """
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TRANSFORMERS_VERBOSITY": "error"}
    try:
        from gpu_service.engines.torchvision_ops import provide_nms

        provide_nms()
        import llguidance  # noqa: F401
        import transformers
    except ImportError as error:
        raise ConfigError(
            "a language model in this process needs transformers",
            why=str(error),
            remedy="install the host with its extra `vlm`, or set VLM_URL",
        ) from error
    transformers.logging.disable_progress_bar()
    return transformers


class TransformersVlm:
    """The model of the folder that VLM_MODEL names below the models folder. One question at a time."""

    def __init__(self, settings: HostSettings) -> None:
        self._name, self._models, self._max_pixels = settings.vlm_model, settings.models, settings.vlm_max_pixels
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def load(self) -> dict[str, str]:
        """See `Vlm.load`. Answers one question, so that the first that counts is not slower than the others.

        Raises:
            ConfigError: the folder holds no such model, or one that would have to run code of its own.
            ModelMissing: there is no such folder.
        """
        folder = language_folder(self._models, self._name)
        loaded = _Loaded(folder, self._name)
        grey = encode_jpeg(np.full((64, 64, 3), 128, np.uint8), 90)
        loaded.written(replace(_WARM, pictures=(grey,)), self._max_pixels)
        self._loaded = loaded
        return {LANGUAGE_MODEL + self._name: loaded.digest}

    def answer(self, ask: Ask, model: str, work: Work) -> Reply:
        """See `Vlm.answer`. Ends between two tokens when nobody waits any more."""
        if model not in ("", self._name):
            raise ConfigError("the host has another language model", where=model, why=f"it has {self._name}")
        with self._lock:
            loaded = self._loaded
            if loaded is None:
                raise _failed("unavailable", self._name, "it is not loaded")
            work.still_wanted()
            text, usage, ended = loaded.written(ask, self._max_pixels, lambda: work.given_up)
        work.still_wanted()
        if not ended:
            kind: FailureKind = "truncated" if usage.output_tokens >= ask.max_output_tokens else "timeout"
            raise _failed(kind, self._name, f"the answer was not finished after {usage.output_tokens} tokens", usage)
        answer = json_object(text)
        if answer is None:
            raise _failed("invalid", self._name, "what it wrote is no JSON object", usage)
        return Reply(answer, usage, f"{self._name} {loaded.digest.split()[0]}")

    def close(self) -> None:
        with self._lock:
            self._loaded = None


class _Loaded:
    """A model with all that goes with it.

    Attributes:
        digest: its files, the libraries with their versions, the device and the arithmetic.
    """

    def __init__(self, folder: Path, name: str) -> None:
        import torch

        library = transformers_library()
        self.name = name
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        half = torch.bfloat16 if self._device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float16
        dtype = half if self._device.type == "cuda" else torch.float32
        own = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._processor = library.AutoProcessor.from_pretrained(folder, **own)
            kind = library.AutoModelForImageTextToText
            model = kind.from_pretrained(folder, dtype=dtype, use_safetensors=True, **own)
            self._model = model.to(self._device).eval()
            ends = self._model.generation_config.eos_token_id
            ends = (
                ends if isinstance(ends, list) else [self._processor.tokenizer.eos_token_id if ends is None else ends]
            )
            self._guide = JsonGuide(
                self._processor.tokenizer, self._model.get_output_embeddings().weight.shape[0], ends
            )
        except Exception as error:  # OSError, ValueError, KeyError: whatever a strange folder leads to
            raise ConfigError(
                "cannot use this language model",
                where=name,
                why=f"transformers does not load it ({type(error).__name__}: {str(error).splitlines()[0][:300]})",
                remedy="give a model for pictures and text that needs no code of its own, with its processor",
            ) from error
        self._ends = ends
        added = self._processor.tokenizer.added_tokens_decoder.values()
        self._marks = [str(token) for token in added if token.special and len(str(token)) > 1]
        arithmetic = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}[dtype]
        versions = f"transformers:{library.__version__} torch:{torch.__version__}"
        self.digest = f"sha256:{folder_digest(folder)[:16]} {versions} {self._device.type} {arithmetic}"

    def written(
        self, ask: Ask, max_pixels: int, given_up: Callable[[], bool] = lambda: False
    ) -> tuple[str, Usage, bool]:
        """What it writes, the likeliest token each time, what that took, and whether it came to an end.

        Args:
            given_up: asked before each token whether to stop.
        Raises:
            ProviderError: the schema cannot be enforced, or the memory does not suffice.
        """
        import torch

        def stop(tokens: torch.Tensor, _scores: torch.Tensor, **_: object) -> torch.Tensor:
            return torch.full((tokens.shape[0],), given_up(), dtype=torch.bool, device=tokens.device)

        inputs = self._inputs(ask, [_picture(jpeg, max_pixels) for jpeg in ask.pictures])
        asked = int(inputs["input_ids"].shape[1])
        try:
            guide = self._guide.following(ask.schema, asked)
        except UnusableSchema as error:
            raise _failed("rejected", self.name, f"the schema cannot be enforced: {error}") from error
        try:
            with torch.inference_mode():
                tokens = self._model.generate(
                    **inputs,
                    logits_processor=[guide],
                    stopping_criteria=[stop],
                    do_sample=False,
                    max_new_tokens=ask.max_output_tokens,
                    max_time=_MOST_S,
                )[0, asked:].tolist()
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            why = "the GPU's memory does not suffice: lower GPU_VLM_MAX_PIXELS"
            raise _failed("unavailable", self.name, why) from error
        ended = bool(tokens) and tokens[-1] in self._ends
        text = self._processor.tokenizer.decode(tokens, skip_special_tokens=True)
        return text, Usage(asked, len(tokens)), ended

    def _inputs(self, ask: Ask, pictures: list[Image.Image]) -> Any:
        """The question as the model's own template puts it."""
        from jinja2 import TemplateError

        instructions, prompt = self._plain(ask.instructions), self._plain(ask.prompt)
        shown = [{"type": "image", "image": picture} for picture in pictures]
        told = [{"role": "system", "content": [_text(instructions)]}]
        user = {"role": "user", "content": [_text(prompt), *shown]}
        try:
            inputs = self._templated([*told, user])
        except TemplateError:  # of a model that knows no system
            both = f"{instructions}\n\n{prompt}"
            inputs = self._templated([{"role": "user", "content": [_text(both), *shown]}])
        return inputs.to(self._device, dtype=self._model.dtype)

    def _plain(self, text: str) -> str:
        """Without the marks by which the model tells pictures and speakers apart: what was read off a picture may hold them."""
        for mark in self._marks:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text

    def _templated(self, messages: list[dict[str, Any]]) -> Any:
        return self._processor.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _picture(jpeg: bytes, max_pixels: int) -> Image.Image:
    """The picture, shrunk to at most so many pixels: each costs the model tokens."""
    picture = Image.fromarray(cv2.cvtColor(SentPicture("a picture", jpeg).bgr(), cv2.COLOR_BGR2RGB))
    scale = (max_pixels / (picture.width * picture.height)) ** 0.5
    if scale >= 1:
        return picture
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _failed(kind: FailureKind, name: str, why: str, usage: Usage | None = None) -> ProviderError:
    return ProviderError(f"no answer from the language model ({kind})", kind=kind, where=name, why=why, usage=usage)
