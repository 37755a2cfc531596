"""The Kubernetes manifests against the schemas of Kubernetes itself, and the chart's values against what they name."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dagster._config import validate_config

from tests.deployments.deployment_files import KUBERNETES, document, documents

VERSIONS = ("1.33", "1.37")
RESOURCES = document(KUBERNETES / "kustomization.yaml")["resources"]
MANIFESTS = [(name, manifest) for name in RESOURCES for manifest in documents(KUBERNETES / name)]
VALUES = document(KUBERNETES / "values.yaml")
SETTINGS = dict(
    line.split("=", 1) for line in (KUBERNETES / "settings.env").read_text(encoding="utf-8").splitlines() if line
)


def name_of(value: Any) -> str:
    return value if isinstance(value, str) else f"{value['kind']}/{value['metadata']['name']}"


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Every pod that a manifest makes, as a Pod of its own."""
    templates: dict[str, Any] = {"models": document(KUBERNETES / "models-pod.yaml")}
    for _, manifest in MANIFESTS:
        spec = manifest.get("spec", {})
        if manifest["kind"] == "Job":
            templates["prepare"] = spec["template"]
        if manifest["kind"] == "RayService":
            cluster = spec["rayClusterConfig"]
            templates["ray head"] = cluster["headGroupSpec"]["template"]
            templates |= {f"ray {group['groupName']}": group["template"] for group in cluster["workerGroupSpecs"]}
    return [
        (
            name,
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "x"} | template["metadata"],
                "spec": template["spec"],
            },
        )
        for name, template in templates.items()
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("_file", "manifest"), MANIFESTS, ids=name_of)
def test_a_manifest_follows_the_schema_of_kubernetes(_file: str, manifest: dict[str, Any], version: str) -> None:
    if manifest["apiVersion"].startswith("ray.io/"):
        pytest.skip("KubeRay's own kind; its pods are checked below")
    kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("_name", "pod"), pods(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_pod_follows_the_schema_and_is_no_root(_name: str, pod: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(pod, version, strict=True)
    spec = pod["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= set(container["resources"]["limits"])
        assert not container["image"].endswith(":latest")
        mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
        assert mounted <= {volume["name"] for volume in spec.get("volumes", [])}


def test_the_ray_service_serves_what_gpu_service_promises() -> None:
    (service,) = [manifest for _, manifest in MANIFESTS if manifest["kind"] == "RayService"]
    serve = yaml.safe_load(service["spec"]["serveConfigV2"])
    (application,) = serve["applications"]
    assert application == {"name": "gpu_service", "route_prefix": "/", "import_path": "gpu_service.serve:app"}
    assert SETTINGS["INFERENCE_URL"] == f"http://gpu-service-serve-svc:{serve['http_options']['port']}"
    (group,) = service["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    assert group["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_weights_get_into_the_volume_that_the_host_reads() -> None:
    (claim,) = [manifest for _, manifest in MANIFESTS if manifest["kind"] == "PersistentVolumeClaim"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    spec = document(KUBERNETES / "models-pod.yaml")["spec"]
    assert spec["volumes"] == [{"name": "models", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}]
    (container,) = spec["containers"]
    assert "readOnly" not in container["volumeMounts"][0]
    assert container["image"] == dict(pods())["prepare"]["spec"]["containers"][0]["image"]


@pytest.mark.parametrize(
    "path", sorted({*KUBERNETES.glob("*.yaml"), *KUBERNETES.glob("*.env")}), ids=lambda path: path.name
)
def test_no_secret_is_written_down(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "kind: Secret" not in text
    assert re.findall(r"(?:PASSWORD|SECRET|TOKEN|API_KEY)\w*[=:] ?[\w\"']+", text) == []


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_puts_everything_into_the_namespace() -> None:
    done = subprocess.run(["kubectl", "kustomize", KUBERNETES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert len(made) == len(MANIFESTS) + 1
    homeless = {manifest["kind"] for manifest in made if "namespace" not in manifest["metadata"]}
    assert homeless == {"Namespace", "PriorityClass"}


def test_nothing_is_reached_that_no_policy_lets_through() -> None:
    policies = {
        manifest["metadata"]["name"]: manifest["spec"]
        for _, manifest in MANIFESTS
        if manifest["kind"] == "NetworkPolicy"
    }
    assert policies["nothing-by-default"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ((ui,),) = [rule["from"] for rule in policies["ui-behind-the-ingress"]["ingress"]]
    assert ui == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
    assert VALUES["ingress"]["annotations"]["nginx.ingress.kubernetes.io/auth-url"].startswith("https://")


def test_the_code_location_reaches_the_hosts_that_doctor_asks_and_the_webhook() -> None:
    (code,) = VALUES["dagster-user-deployments"]["deployments"]
    policies = {manifest["metadata"]["name"]: manifest.get("spec") for _, manifest in MANIFESTS}
    asking = policies["runs-reach-hosts"]["podSelector"]
    ((answered, _),) = [rule["from"] for rule in policies["ray-among-itself"]["ingress"] if "ports" in rule]
    assert answered == {"podSelector": asking}
    assert code["labels"]["mpr/role"] in asking["matchExpressions"][0]["values"]


def test_the_charts_pods_are_no_root_and_limited() -> None:
    deployments = VALUES["dagster-user-deployments"]["deployments"]
    for part in (VALUES["dagsterWebserver"], VALUES["dagsterDaemon"], *deployments):
        assert part["podSecurityContext"]["runAsNonRoot"] is True
        assert part["securityContext"]["allowPrivilegeEscalation"] is False
        assert {"cpu", "memory"} <= set(part["resources"]["limits"])
        assert part["image"]["tag"] != "latest"
    launcher = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
    assert launcher["runK8sConfig"]["podSpecConfig"]["securityContext"]["runAsNonRoot"] is True
    assert launcher["labels"] == {"mpr/role": "run"}


def test_the_launcher_and_the_executor_accept_their_config() -> None:
    from dagster_k8s import k8s_job_executor

    config = document(KUBERNETES / "step-jobs-run-config.yaml")["execution"]["config"]
    checked = validate_config(k8s_job_executor.config_schema.config_type, config)
    assert checked.errors in (None, [])
    accounts = [manifest["metadata"]["name"] for _, manifest in MANIFESTS if manifest["kind"] == "ServiceAccount"]
    assert accounts == [config["service_account_name"]]


def test_the_operator_knows_the_token_that_rays_nodes_ask_for() -> None:
    (service,) = [manifest for _, manifest in MANIFESTS if manifest["kind"] == "RayService"]
    cluster = service["spec"]["rayClusterConfig"]
    assert cluster["authOptions"] == {"mode": "token", "secretName": "mpr-ray"}
    (told,) = re.findall(r"create secret generic mpr-ray .*", (KUBERNETES / "README.md").read_text(encoding="utf-8"))
    assert "--from-literal=auth_token=" in told  # the one key of the secret that KubeRay reads
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    containers = [container for group in groups for container in group["template"]["spec"]["containers"]]
    names = {variable["name"] for container in containers for variable in container["env"]}
    assert names == {"INFERENCE_TOKEN"}
