"""`mpr synth`: footage drawn by MPR, with its exact truth beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml
from rich.progress import Progress

from mpr_dagster.cli.screen import console, print_json, say

if TYPE_CHECKING:
    from mpr_core.synth.spec import SynthSpec


def synth_command(
    out: Annotated[Path, typer.Argument(help="Video file to write (.mp4).")],
    seconds: Annotated[float, typer.Option(help="Length.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, another film.")] = 1,
    size: Annotated[str, typer.Option(metavar="WxH", help="Frame size in pixels.")] = "1280x720",
    fps: Annotated[str, typer.Option(help="Frames per second, as 25 or 30000/1001.")] = "25",
    vfr: Annotated[bool, typer.Option("--vfr", help="Variable frame rate.")] = False,
    kind: Annotated[str, typer.Option(help="match, street or mixed.")] = "mixed",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Draw a film, and write OUT.truth.json and OUT.brands.yaml beside it."""
    from mpr_core.errors import InputError
    from mpr_core.synth.write import synthesize

    spec = make_spec(seconds, seed, size, fps, vfr, kind)
    if out.suffix.lower() != ".mp4":
        raise InputError("cannot draw that film", where=str(out), why="films are drawn as mp4", remedy="name it .mp4")
    with Progress(console=console(), transient=True, disable=as_json or not console().is_terminal) as bar:
        task = bar.add_task("drawing", total=None)
        truth = synthesize(spec, out, progress=lambda done, total: bar.update(task, completed=done, total=total))
    truth_path, brands_path = out.with_suffix(".truth.json"), out.with_suffix(".brands.yaml")
    truth.save(truth_path)
    brands_path.write_text(yaml.safe_dump(truth.brand_file(), sort_keys=False, allow_unicode=True), encoding="utf-8")
    if as_json:
        print_json({"video": str(out), "truth": str(truth_path), "brands": str(brands_path), "seconds": seconds})
    else:
        say(f"{out}: {seconds:g} s of {kind} footage; what is on screen when: {truth_path.name}", whole=True)
        say(f"next: mpr ingest {out} --timeline ID --brands {brands_path}", whole=True)


def make_spec(seconds: float, seed: int, size: str, fps: str, vfr: bool, kind: str) -> SynthSpec:
    """A checked film specification.

    Raises:
        InputError: a value does not fit.
    """
    from pydantic import ValidationError

    from mpr_core.errors import InputError
    from mpr_core.record import problems_of
    from mpr_core.synth.spec import SynthSpec

    sides = re.fullmatch(r"(\d+)x(\d+)", size.lower())
    try:
        if sides is None:
            raise ValueError(f"size: not WIDTHxHEIGHT, as 1280x720 (given: {size!r})")
        return SynthSpec.model_validate(
            {
                "seconds": seconds,
                "seed": seed,
                "width": int(sides[1]),
                "height": int(sides[2]),
                "fps": fps,
                "vfr": vfr,
                "kind": kind,
            }
        )
    except ValueError as error:
        why = problems_of(error) if isinstance(error, ValidationError) else str(error)
        raise InputError("cannot draw that film", why=why, remedy="mpr synth --help") from error
