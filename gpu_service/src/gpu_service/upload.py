"""A request as it comes: one JSON document and the JPEG bytes it speaks of, held against the limits before anything is decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Generic, TypeVar

import anyio
import numpy as np
from fastapi import Request as HttpRequest
from PIL import Image, UnidentifiedImageError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from gpu_service.refusals import BadImage, Refused
from gpu_service.settings import HostSettings
from gpu_service.work import Work
from mpr_core.errors import MprError
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.record import problems_of
from mpr_core.stages.configs import PreprocessConfig
from mpr_core.vision.rectify import crop_size_px
from mpr_core.wire.envelope import FORMAT, IMAGES_PART, REQUEST_PART, ImageRef, Request, mpr_version
from mpr_core.wire.preprocess import PreprocessImage, PreprocessRequest
from mpr_core.wire.segment_field import SizedImage

_MOST_PARTS_BESIDE_IMAGES = 4
_MOST_TIMES_A_PICTURE = 64
"""How often the quads of one picture may cover it. Those of real frames lie beside each other."""

R = TypeVar("R", bound=Request)


class SentPicture(HeldPicture):
    """An image of a request."""

    def unreadable(self) -> MprError:
        return BadImage("not a JPEG that can be decoded", where=self.name, remedy="send JPEG bytes as they are stored")


@dataclass(frozen=True)
class Upload:
    """The parts of a request, unread."""

    document: str
    jpegs: tuple[bytes, ...]


@dataclass(frozen=True)
class Question(Generic[R]):
    """A request that is worth an answer: valid, of this version, with as many images as it names, each of a size that may be decoded."""

    asked: R
    jpegs: tuple[bytes, ...]
    work: Work

    def pictures(self) -> Iterator[Asked[Any]]:
        """The images one by one, so that the pixels of one are gone before those of the last are made.

        Raises:
            Refused: there is no reason to go on.
        """
        for about, jpeg in zip(self.asked.images, self.jpegs, strict=True):
            self.work.go_on()
            yield Asked(about, SentPicture(about.id, jpeg))


async def received(request: HttpRequest, settings: HostSettings) -> Upload:
    """The parts of a multipart request.

    Raises:
        Refused: not multipart, parts are missing or too many, or they do not come in time, or at all.
    """
    try:
        with anyio.fail_after(settings.body_within_s):
            async with request.form(
                max_files=settings.max_images + _MOST_PARTS_BESIDE_IMAGES,
                max_fields=_MOST_PARTS_BESIDE_IMAGES,
                max_part_size=settings.max_body_mib << 20,
            ) as form:
                documents, images = form.getlist(REQUEST_PART), form.getlist(IMAGES_PART)
                strange = sorted(set(form) - {REQUEST_PART, IMAGES_PART})
                if strange:
                    raise _bad(f"a part named {strange[0][:100]!r}", f"name parts {REQUEST_PART} or {IMAGES_PART}")
                if len(documents) != 1:
                    raise _bad(f"{len(documents)} parts named {REQUEST_PART}", "send one JSON document so named")
                if not all(isinstance(image, UploadFile) for image in images):
                    raise _bad(f"a part named {IMAGES_PART} is no file", "send each image with a file name")
                document = documents[0]
                text = document if isinstance(document, str) else (await document.read()).decode("utf-8", "replace")
                return Upload(text, tuple([await image.read() for image in images if isinstance(image, UploadFile)]))
    except ClientDisconnect as error:
        raise Refused("timeout", "the client went away before its request had come") from error
    except TimeoutError as error:
        raise Refused(
            "timeout", "the request did not come in time", why=f"its body took over {settings.body_within_s:g} s"
        ) from error


def question(upload: Upload, kind: type[R], settings: HostSettings, work: Work) -> Question[R]:
    """The request in a form that can be worked on.

    Raises:
        Refused: it is of another version, not valid, or over a limit, or there is no reason to go on.
    """
    _same_version(upload.document)
    try:
        asked = kind.model_validate_json(upload.document)
    except ValidationError as error:
        raise Refused(
            "bad_request", "the request is not valid", where=REQUEST_PART, why=problems_of(error), remedy="see /docs"
        ) from error
    if len(asked.images) > settings.max_images:
        raise Refused(
            "too_large",
            "the request is too large",
            why=f"{len(asked.images)} images, the host takes {settings.max_images}",
            remedy="send fewer images at a time",
        )
    if len(asked.images) != len(upload.jpegs):
        raise _bad(f"{len(asked.images)} images are named, {len(upload.jpegs)} came", "send one part for each")
    for about, jpeg in zip(asked.images, upload.jpegs, strict=True):
        work.go_on()
        size_px = _decodable(about, jpeg, settings.max_pixels)
        if isinstance(about, SizedImage) and about.width_px != size_px[0]:
            raise _bad(f"{about.id} is {size_px[0]} px wide, not {about.width_px}", "give the stored frame's width")
        if isinstance(asked, PreprocessRequest) and isinstance(about, PreprocessImage):
            _cuttable(about, size_px, asked.config, settings.max_pixels)
    return Question(asked, upload.jpegs, work)


def _same_version(document: str) -> None:
    """A document of another version may have other fields, so this is looked at before them."""
    try:
        given = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise _bad(f"the part {REQUEST_PART} is not JSON", "send a JSON document") from error
    if not isinstance(given, dict):
        return
    theirs, own = (given.get("format"), given.get("version")), (FORMAT, mpr_version())
    if theirs != own:
        words = [
            f"{form if isinstance(form, str) else 'no format'} of {version or 'no version'}"
            for form, version in (theirs, own)
        ]
        raise Refused(
            "version_mismatch",
            "MPR and the host are of different versions",
            why=f"the request is {words[0][:100]}, the host is {words[1]}",
            remedy="deploy both from one release",
        )


def _decodable(about: ImageRef, jpeg: bytes, max_pixels: int) -> tuple[int, int]:
    """An image's width and height, from its header, before pixels are made of it."""
    try:
        with Image.open(BytesIO(jpeg), formats=["JPEG"]) as header:
            width, height = header.size
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(about.id, str(error)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise SentPicture(about.id, jpeg).unreadable() from error
    if width * height > max_pixels:
        raise _too_many_pixels(about.id, f"{width} x {height} px, the host takes {max_pixels} pixels")
    return width, height


def _cuttable(about: PreprocessImage, size_px: tuple[int, int], config: PreprocessConfig, max_pixels: int) -> None:
    """Hold what is to be cut out of a picture against the limits: a crop costs the pixels it spans, and those it is made of."""
    reach = 2 * max(size_px)
    if any(abs(value) > reach for quad in about.quads_px for value in quad):
        raise _bad(f"a quad of {about.id} lies over {reach} px away", "give quads of the frame")
    looked_at = made = 0.0
    for corners in about.quads_px:
        quad = np.array(corners, np.float32).reshape(4, 2)
        spans = np.clip(quad.max(axis=0), 0, size_px) - np.clip(quad.min(axis=0), 0, size_px)
        looked_at += float(spans.prod())
        width, height = crop_size_px(
            quad,
            margin_ratio=config.margin_ratio,
            min_height_px=config.min_crop_height_px,
            max_height_px=config.max_crop_height_px,
        )
        made += width * height
    most = _MOST_TIMES_A_PICTURE * size_px[0] * size_px[1]
    if looked_at > most or made > max_pixels:
        raise Refused(
            "too_large",
            "too much is to be cut out of an image",
            where=about.id,
            why=f"its quads span {looked_at:.0f} px and give {made:.0f} px; the host takes {most} and {max_pixels}",
            remedy="send fewer quads at a time",
        )


def _too_many_pixels(name: str, why: str) -> Refused:
    return Refused("too_large", "an image is too large", where=name, why=why, remedy="send smaller images")


def _bad(why: str, remedy: str) -> Refused:
    return Refused("bad_request", "the request is not valid", why=why, remedy=remedy)
