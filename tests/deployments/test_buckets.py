"""`buckets.sh` with what the image of MinIO's client has: a shell, a few programs, no grep. `mc` itself is played by a script."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deployments.deployment_files import COMPOSE

SETTINGS = {
    "MINIO_URL": "http://minio:9000",
    "MINIO_ROOT_USER": "root",
    "MINIO_ROOT_PASSWORD": "secret-of-root",
    "AWS_ACCESS_KEY_ID": "team",
    "AWS_SECRET_ACCESS_KEY": "secret-of-mpr",
}
# As mc does: attaching what is attached fails.
MC = """#!/bin/sh
case "$*" in
"admin policy attach"*) exit {attach} ;;
"admin user info"*) echo '{info}' ;;
esac
"""


def made_buckets(folder: Path, *, attach: int, info: str) -> subprocess.CompletedProcess[str]:
    """The script with an `mc` whose attaching ends with a code, and which knows so much of the user."""
    client = folder / "mc"
    client.write_text(MC.format(attach=attach, info=info), encoding="utf-8")
    client.chmod(0o755)
    (folder / "cat").symlink_to(shutil.which("cat") or "")
    return subprocess.run(
        [shutil.which("sh") or "", COMPOSE / "buckets.sh"],
        env=SETTINGS | {"PATH": os.fspath(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("attach", "info", "code"),
    [
        (0, "", 0),
        (1, '{"accessKey": "team", "policyName": "mpr", "userStatus": "enabled"}', 0),
        (1, '{"accessKey": "team", "userStatus": "enabled"}', 1),
    ],
    ids=["the first time", "again", "a user that did not get it"],
)
def test_the_buckets_are_made_again_without_complaint_and_a_user_without_rights_is_one(
    tmp_path: Path, attach: int, info: str, code: int
) -> None:
    done = made_buckets(tmp_path, attach=attach, info=info)
    assert (done.returncode, done.stderr) == (code, "")
