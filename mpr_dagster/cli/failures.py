"""Errors turned into words on standard error, JSON on standard output where it was asked for, and an exit code."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from typer import Abort
from typer.exceptions import TyperException

from mpr_core.errors import MprError

# A group of commands without a command. Typer keeps the class in a private module.
_HELP_ASKED = "NoArgsIsHelpError"

# Errors of the operating system that a wrong path explains; any other is the machine's.
_WRONG_PATH = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)


@dataclass(frozen=True)
class Failure:
    """What a command that did not succeed says."""

    what: str
    where: str
    why: str
    remedy: str
    exit_code: int


@contextmanager
def leave_on(*, debug: bool, as_json: bool) -> Iterator[None]:
    """Exit with a message when the block raises; with `debug` the traceback goes before it."""
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the last net: said without a wall of text
        if type(error).__name__ == _HELP_ASKED:
            print(str(error), file=sys.stderr)
            sys.exit(2)
        if debug:
            traceback.print_exception(error)
        sys.exit(_say(failure_of(error), as_json))


def failure_of(error: BaseException) -> Failure:
    """An error in words."""
    if isinstance(error, MprError):
        return Failure(error.what, error.where, error.why, error.remedy, error.exit_code)
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        path = "mpr" if context is None else context.command_path
        return Failure("cannot read the command line", "", error.format_message(), f"{path} --help", 2)
    if isinstance(error, KeyboardInterrupt | Abort):
        return Failure("interrupted", "", "", "run the same command again: finished segments are kept", 130)
    if isinstance(error, OSError) and error.filename is not None:
        code = 2 if isinstance(error, _WRONG_PATH) else 1
        why = error.strerror or str(error)
        return Failure(
            "cannot use a file", str(error.filename), why.lower(), "check its path, its rights and free space", code
        )
    kind = type(error).__name__
    return Failure("something unforeseen went wrong", kind, str(error), "run again with --debug and report it", 1)


def _say(failure: Failure, as_json: bool) -> int:
    if as_json:
        document = {
            "what": failure.what,
            "where": failure.where,
            "why": failure.why,
            "do": failure.remedy,
            "exit_code": failure.exit_code,
        }
        print(json.dumps({"error": document}, ensure_ascii=False))
    head = f"mpr: {failure.what}" + (f": {failure.where}" if failure.where else "")
    lines = [head, *_told("  why: ", failure.why), *_told("  do:  ", failure.remedy)]
    print("\n".join(lines), file=sys.stderr)
    return failure.exit_code


def _told(label: str, text: str) -> list[str]:
    """A labelled paragraph, folded at words on a terminal; in a pipe each line stays whole."""
    if not text:
        return []
    if not sys.stderr.isatty():
        return [label + text]
    width = max(40, shutil.get_terminal_size().columns)
    folded = textwrap.wrap(text, width - len(label), break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n".join(folded), " " * len(label)).replace(" " * len(label), label, 1).splitlines()
