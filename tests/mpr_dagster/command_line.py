"""`mpr` called in this process: what it prints, what it says on standard error, and how it exits."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mpr_dagster.cli.main import main
from mpr_dagster.cli.screen import console

# What a developer's shell may hold and a test must not see.
_SETTINGS = (
    *("MPR_", "SKIP_", "DAGSTER_", "COLUMNS", "S3_", "AWS_", "FORCE_COLOR", "INFERENCE_", "VLM_"),
    *("ANTHROPIC_", "GEMINI_", "GOOGLE_", "OPENAI_", "GROQ_"),
)


@dataclass(frozen=True)
class Said:
    """The outcome of one command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, all of it, as one JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """`mpr` with one `MPR_HOME` and nothing else in the environment but what is given."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | Path, **environment: str) -> Said:
        """Run one command."""
        out, err = io.StringIO(), io.StringIO()
        code = 0
        console.cache_clear()  # it takes its width from the environment once
        with self.inside(**environment), redirect_stdout(out), redirect_stderr(err):
            try:
                main([str(word) for word in words])
            except SystemExit as exit_:
                code = int(exit_.code or 0)
        return Said(code, out.getvalue(), err.getvalue())

    def done(self, *words: str | Path, **environment: str) -> Said:
        """Run one command that has to succeed."""
        said = self(*words, **environment)
        assert said.code == 0, said.err
        return said

    @contextmanager
    def inside(self, **environment: str) -> Iterator[None]:
        """This process with the command line's environment."""
        before = dict(os.environ)
        for name in [n for n in os.environ if n.startswith(_SETTINGS)]:
            del os.environ[name]
        os.environ.update({"MPR_HOME": str(self.home), **self.environment, **environment})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
