"""`python -m gpu_service.train`: a detector for the user's own logos."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from gpu_service.train.fitting import Plan, check
from gpu_service.train.logos import SUFFIXES, read_logos
from gpu_service.train.report import as_table
from gpu_service.train.terminal import Terminal
from gpu_service.train.training import train
from mpr_core.errors import MprError

_STRIDE_PX = 32
_DESCRIPTION = f"""\
Trains a YOLO that finds your logos, on frames of synthetic films (mpr synth) with your logo pictures pasted in, and writes it as ONNX:
the form that MPR runs in-process (detect_objects.yolo_weights in a profile).

BRANDS is a folder with one sub-folder for each brand, named as in your brand list, with its logo pictures in it
({", ".join(SUFFIXES)}; transparent PNG is best):
    logos/Acme/red.png  logos/Acme/white.png  logos/Other Brand/sign.jpg
or a YAML file, paths relative to it:
    Acme: [red.png, white.png]
    Other Brand: sign.jpg

Beside OUT.onnx it writes OUT.json (mAP50 and mAP50-95 for each brand on films that were not trained on), OUT-trained-on.jpg and
OUT-found.jpg to look at. Weights that ultralytics trained are under AGPL-3.0.
"""


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit code: 2 for what the user can mend, 1 for what failed."""
    given = _parser().parse_args(arguments)
    terminal = Terminal()
    try:
        plan = Plan(given.model, given.weights, given.epochs, given.size, given.batch, given.device, given.seed)
        check(plan)
        brands = read_logos(given.brands)
        logos = sum(len(brand.pictures) for brand in brands)
        terminal.say(f"{len(brands)} brands, {logos} logo pictures; the model will be under AGPL-3.0 (ultralytics)")
        report, written = train(brands, given.pictures, plan, given.out, terminal)
    except MprError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - whatever ultralytics raises; its traceback says nothing to a user
        print(f"error: the training failed\n  why: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    terminal.say(f"{as_table(report)}\nwritten: {', '.join(str(path) for path in written)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gpu_service.train",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--brands", type=Path, required=True, help="folder or YAML file of logo pictures, see above")
    add("--out", type=_onnx, required=True, help="the model's file, ending in .onnx; replaced only when all is done")
    add("--weights", type=_pt, help="a .pt file of ultralytics to go on from, loaded safely; without: from nothing")
    add("--model", type=_yaml, default="yolo11n.yaml", help="what to train from nothing (default: %(default)s)")
    add("--pictures", type=_at_least(1), default=600, help="to train on (default: %(default)s)")
    add("--epochs", type=_at_least(1), default=100, help="(default: %(default)s)")
    add("--size", type=_size, default=640, help="width of pictures and input, pixels (default: %(default)s)")
    add("--batch", type=_at_least(1), default=16, help="pictures at a time (default: %(default)s)")
    add("--device", type=_device, default="", help="cpu, mps or a GPU's number (default: a GPU if there is one)")
    add("--seed", type=_at_least(0), default=1, help="everything random follows from it (default: %(default)s)")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least}")
        return int(text)

    return number


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) % _STRIDE_PX or not 160 <= int(text) <= 2048:
        raise argparse.ArgumentTypeError(f"{text!r} is no multiple of {_STRIDE_PX} from 160 to 2048")
    return int(text)


def _device(text: str) -> str:
    if not re.fullmatch(r"(cpu|mps|\d{1,2})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu, mps nor a GPU's number")
    return text


def _onnx(text: str) -> Path:
    if Path(text).suffix.lower() != ".onnx":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .onnx")
    return Path(text)


def _yaml(text: str) -> str:
    if Path(text).suffix.lower() != ".yaml":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .yaml; see --weights for a .pt file")
    return text


def _pt(text: str) -> Path:
    if Path(text).suffix.lower() != ".pt":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .pt")
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text!r} is no file")
    return Path(text)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way, what is half done is taken away
    sys.exit(main())
