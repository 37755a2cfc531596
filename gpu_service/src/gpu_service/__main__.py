"""`python -m gpu_service`: the host under a plain ASGI server, for one machine."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import socket
import sys

import uvicorn

from gpu_service.app import create_app
from gpu_service.settings import HostSettings, read_settings
from mpr_core.errors import InputError, MprError

_MOST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Serve until the process is told to end; returns the exit code."""
    parser = argparse.ArgumentParser(prog="gpu_service", description="MPR's inference host.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="(default: %(default)s)")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = read_settings()
        app = create_app(settings if _is_loopback(given.host) else settings.secured())
        _check_free(given.host, given.port)
    except MprError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(_screen(settings, given.host, given.port), flush=True)
    uvicorn.run(app, host=given.host, port=given.port, log_config=None, access_log=False)
    return 0


def _check_free(host: str, port: int) -> None:
    """Before the models are loaded, which uvicorn does before it listens.

    Raises:
        InputError: nobody can listen there.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        socket.create_server(address, family=family).close()
    except OSError as error:
        raise InputError(
            "cannot listen there",
            where=f"{host}, port {port}",
            why=(error.strerror or str(error)).lower(),
            remedy="end what runs there, or give another --port or --host",
        ) from error


def _port(text: str) -> int:
    """A port that can be listened at: of a larger number the system silently takes the remainder."""
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_PORT}")
    return int(text)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _screen(settings: HostSettings, host: str, port: int) -> str:
    """What whoever started it wants to know."""
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    token = settings.token.get_secret_value()
    header = ' -H "Authorization: Bearer $INFERENCE_TOKEN"' if token else ""
    return "\n".join(
        [
            f"MPR inference host at {url}",
            f"  engine    {settings.engine}; text is read by {settings.reader}",
            f"  weights   {settings.models}" + ("" if settings.models.is_dir() else " (no such folder: no weights)"),
            f"  language  {_language(settings)}",
            f"  token     {'the one in INFERENCE_TOKEN' if token else 'none: it answers this machine alone'}",
            "",
            f"  ready?    curl{header} {url}/v2/health/ready",
            f"  use it    INFERENCE_URL={url} mpr run ...",
            f"  API       {url}/docs",
            "  end it    Ctrl-C",
        ]
    )


def _language(settings: HostSettings) -> str:
    if settings.vlm_url:
        return f"{settings.vlm_model or 'the model asked for'} at VLM_URL"
    if settings.vlm_model:
        return f"{settings.vlm_model} of the weights, by transformers"
    return "none (neither VLM_URL nor VLM_MODEL is set)"


if __name__ == "__main__":
    sys.exit(main())
