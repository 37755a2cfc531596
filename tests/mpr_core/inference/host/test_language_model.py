"""Which language model a host has decides which stored answers are its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mpr_core.cascade.access import Endpoint, ModelAccess
from mpr_core.cascade.lines import identified, opened
from mpr_core.cascade.provider import Usage
from mpr_core.inference.host.access import HostAccess
from mpr_core.inference.host.host_inference import HostInference
from mpr_core.runner.context import Services
from mpr_core.store.object_store import ObjectStore
from mpr_core.wire.health import FORWARDED
from tests.mpr_core.inference.host.stand_in_host import StandInHost

READER = {"PP-OCRv6_rec_small": "sha256:1 openvino:1 f32"}
OWN = READER | {"vlm/qwen": "sha256:0123456789abcdef transformers:5 torch:2 cuda bf16"}
FOLLOWED = READER | {"vlm/org/qwen:3b": FORWARDED}


@pytest.mark.parametrize(
    ("has", "wanted", "expected"),
    [
        (OWN, "", "qwen sha256:0123456789abcdef"),
        (OWN, "qwen", "qwen sha256:0123456789abcdef"),
        (OWN, "another", "another"),
        (FOLLOWED, "", "org/qwen:3b"),
        (READER, "", ""),
    ],
)
def test_a_hosts_model_is_told_by_its_name_and_digest(
    host: StandInHost, has: dict[str, str], wanted: str, expected: str
) -> None:
    host.models = has
    services: Any = SimpleNamespace(
        inference=HostInference(HostAccess(host.url)), models=ModelAccess(host=Endpoint(url=host.url))
    )
    assert identified([("host", wanted)], services) == [("host", expected)]


def test_a_price_of_ones_own_is_found_by_the_models_name_alone(host: StandInHost, tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        "format: mpr.prices/1\ndate: 2026-11-01\nsource: own\nproviders: {host: {qwen: {input_usd: 2, output_usd: 3}}}\n"
    )
    host.models = OWN
    inference = HostInference(HostAccess(host.url))
    access = ModelAccess(host=Endpoint(url=host.url), prices_file=file)
    services = Services(ObjectStore("memory://"), ObjectStore("memory://"), inference=inference, models=access)
    (line,) = opened(identified([("host", "")], services), services, 10)
    assert (line.name, line.cost_usd(Usage(1_000_000, 0))) == ("host qwen sha256:0123456789abcdef", 2.0)
    services.close()
