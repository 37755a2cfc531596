"""The compose file: its schema, and what every service of it promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from mpr_dagster.settings import Settings
from tests.deployments.deployment_files import COMPOSE, document, services

SERVICES = services()
TEXT = (COMPOSE / "compose.yaml").read_text(encoding="utf-8")
ENDS_BY_ITSELF = {"buckets", "prepare"}
EXAMPLE = dict(
    line.split("=", 1)
    for line in (COMPOSE / "env.example").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def test_the_file_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(COMPOSE / "compose.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def has_compose() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_docker_compose_accepts_it(tmp_path: Any) -> None:
    settings = tmp_path / "env"
    settings.write_text("".join(f"{name}={value or 'x'}\n" for name, value in EXAMPLE.items()))
    command = [
        "docker",
        "compose",
        "--project-directory",
        str(COMPOSE),
        "--env-file",
        str(settings),
        "--profile",
        "gpu",
    ]
    done = subprocess.run([*command, "config", "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_no_root_and_can_write_only_where_it_is_said(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert [volume for volume in service.get("volumes", []) if volume.startswith("/")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    _, _, tag = service["image"].rpartition(":")
    assert tag
    assert "latest" not in tag
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["logging"]["options"]["max-size"]
    assert ("healthcheck" in service) == (name not in ENDS_BY_ITSELF)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    for other, on in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ENDS_BY_ITSELF else "service_healthy"
        assert on["condition"] == expected


def test_only_the_proxy_is_reached_from_outside_and_on_loopback_unless_it_is_said() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert SERVICES["proxy"]["ports"] == ["${MPR_BIND:-127.0.0.1}:${MPR_PORT:-8443}:8443"]
    assert SERVICES["proxy"]["networks"] == ["edge"]
    assert {name for name, service in SERVICES.items() if "edge" in service["networks"]} == {"proxy", "webserver"}


def test_the_door_asks_who_is_there() -> None:
    caddy = (COMPOSE / "Caddyfile").read_text(encoding="utf-8")
    assert "basic_auth {" in caddy
    assert caddy.index("basic_auth") < caddy.index("reverse_proxy webserver:3000")


def test_every_variable_is_in_the_example_and_every_secret_has_to_be_set() -> None:
    used = set(re.findall(r"\$\{(\w+)", TEXT)) - {"MPR_VERSION", "MPR_CODE_CPUS", "MPR_CODE_MEMORY", "MPR_GPU_MEMORY"}
    assert used == set(EXAMPLE)
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    secrets = {"DAGSTER_PG_PASSWORD", "MINIO_ROOT_PASSWORD", "AWS_SECRET_ACCESS_KEY", "MPR_UI_PASSWORD_HASH"}
    assert secrets <= required
    assert {EXAMPLE[name] for name in required} == {""}
    literal = re.findall(r"^\s+\w*(?:PASSWORD|SECRET|TOKEN|API_KEY)\w*: (?!\$\{)(\S+)", TEXT, flags=re.MULTILINE)
    assert literal == []


def test_every_setting_of_mpr_reaches_the_code_location() -> None:
    aliases = [str(field.validation_alias) for field in Settings.model_fields.values()]
    of_the_image = {"MPR_HOME"}
    # An extra that the image has not, and a file that would have to be mounted.
    for_an_override = {"MPR_EXECUTOR", "MPR_PRICES"}
    known = {name for name in aliases if name.startswith("MPR_")} - of_the_image - for_an_override
    assert known <= SERVICES["code"]["environment"].keys()


def test_the_runbooks_commands_in_the_database_show_its_password() -> None:
    """Without it pg_dump asks for one, and there is nobody to answer: even from within, the server takes no one unseen."""
    postgres = SERVICES["postgres"]["environment"]
    assert "--auth=scram-sha-256" in postgres["POSTGRES_INITDB_ARGS"]
    assert postgres["PGPASSWORD"] == postgres["POSTGRES_PASSWORD"]


def test_the_database_is_not_reached_from_the_internet_side() -> None:

    assert document(COMPOSE / "compose.yaml")["networks"]["back"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["minio"]["networks"] == ["back"]
