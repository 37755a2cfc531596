"""This machine: Python, the libraries that decode and look at video, the models, free disk."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from mpr_core.doctor.diagnosis import Diagnosis

# As pyproject.toml's requires-python.
_OLDEST, _FIRST_TOO_NEW = (3, 11), (3, 14)
_CV2_WHEELS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
_REINSTALL = "make setup (from a clean .venv)"
# A 1080p hour at 2 frames per second is about 2 GB of frames.
LITTLE_DISK_BYTES = 10 << 30
NO_DISK_BYTES = 1 << 30


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Diagnosis]:
    """The interpreter."""
    said = ".".join(map(str, version))
    if _OLDEST <= version[:2] < _FIRST_TOO_NEW:
        yield Diagnosis(name="python", state="ok", found=f"{said} on {platform.machine()}")
        return
    yield Diagnosis(
        name="python", state="failure", found=f"{said} is not supported", remedy="use Python 3.11, 3.12 or 3.13"
    )


def libraries() -> Iterator[Diagnosis]:
    """PyAV with its FFmpeg, OpenVINO and OpenCV: loaded, because a wheel that does not load here says so nowhere else.

    Raises:
        ImportError: one of them does not load.
    """
    import av
    import openvino

    decoder = f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
    yield Diagnosis(name="video", state="ok", found=decoder)
    devices = ", ".join(openvino.Core().available_devices)
    found = f"OpenVINO {metadata.version('openvino')} on {devices or 'no device'}"
    remedy = "" if devices else _REINSTALL
    yield Diagnosis(name="inference", state="ok" if devices else "failure", found=found, remedy=remedy)
    yield cv2_wheels({name: version for name in _CV2_WHEELS if (version := _version(name))})


def cv2_wheels(installed: Mapping[str, str]) -> Diagnosis:
    """One wheel has to own the folder `cv2`: two overwrite each other's files.

    Args:
        installed: distribution -> version.
    """
    names = ", ".join(f"{name} {version}" for name, version in installed.items())
    if len(installed) == 1:
        return Diagnosis(name="opencv", state="ok", found=names)
    found = f"several wheels share the folder cv2: {names}" if installed else "no wheel brings cv2"
    return Diagnosis(name="opencv", state="failure", found=found, remedy=_REINSTALL)


def models() -> Iterator[Diagnosis]:
    """The text models, byte for byte.

    Raises:
        ModelMissing: one is absent or was changed.
    """
    from mpr_core.inference.model_files import TEXT_DETECTOR, TEXT_RECOGNISER

    names = [model.path().stem for model in (TEXT_DETECTOR, TEXT_RECOGNISER)]
    yield Diagnosis(name="models", state="ok", found=", ".join(names))


def disk(folder: Path) -> Iterator[Diagnosis]:
    """Free space where local state lies, also for a folder that is not there yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    yield disk_diagnosis(shutil.disk_usage(there).free, folder)


def disk_diagnosis(free_bytes: int, folder: Path) -> Diagnosis:
    """Whether that much is enough."""
    found = f"{free_bytes / (1 << 30):.1f} GiB free for {folder}"
    remedy = "free some: mpr gc --delete deletes results that nothing needs"
    if free_bytes < NO_DISK_BYTES:
        return Diagnosis(name="disk", state="failure", found=found, remedy=remedy)
    if free_bytes < LITTLE_DISK_BYTES:
        return Diagnosis(name="disk", state="warning", found=found, remedy=remedy)
    return Diagnosis(name="disk", state="ok", found=found)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
