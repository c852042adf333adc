"""The manifests say what Kubernetes understands, and what Compose says."""

from typing import Any

import kubernetes_validate
import pytest

from tests.deploy.files import compose, manifests, settings

_VERSION = kubernetes_validate.latest_version()
MANIFESTS = manifests()
RUNNING = [
    each for each in MANIFESTS if each["kind"] in {"Deployment", "StatefulSet", "Job"}
]
SERVICES = ("auth", "media", "status")


def label(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def find(kind: str, name: str) -> dict[str, Any]:
    [found] = [each for each in MANIFESTS if label(each) == f"{kind}-{name}"]
    return found


def containers(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    pod = manifest["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod["containers"]]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=label)
def test_kubernetes_understands_it(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, _VERSION, strict=True)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_two_pods_and_a_name_that_stands_for_each(service: str) -> None:
    assert find("Deployment", service)["spec"]["replicas"] == 2
    assert find("Service", service)["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize("manifest", RUNNING, ids=label)
def test_a_pod_is_closed_and_bounded(manifest: dict[str, Any]) -> None:
    pod = manifest["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"]
    for container in containers(manifest):
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("manifest", RUNNING, ids=label)
def test_a_pod_runs_the_image_that_compose_runs(manifest: dict[str, Any]) -> None:
    known = {
        service["image"].partition(":-")[2].rstrip("}")
        for service in compose().values()
    }

    assert {each["image"] for each in containers(manifest)} <= known


@pytest.mark.parametrize("manifest", RUNNING, ids=label)
def test_a_pod_is_told_settings_and_reads_its_own_secrets(
    manifest: dict[str, Any],
) -> None:
    name = manifest["metadata"]["name"]
    told = {each["name"] for one in containers(manifest) for each in one.get("env", ())}
    volumes = manifest["spec"]["template"]["spec"]["volumes"]
    secrets = {each["secret"]["secretName"] for each in volumes if "secret" in each}

    assert {each for each in told if "MEDIANEST" in each} <= settings()
    own = {f"medianest-{name}"}
    assert secrets == (own | {"medianest-vault"} if name == "migrate" else own)


def test_there_is_a_place_for_the_public_address() -> None:
    [media] = containers(find("Deployment", "media"))

    assert {"name": "MEDIANEST_MEDIA_PUBLIC_URL", "value": ""} in media["env"]


def test_what_listens_can_be_reached_by_those_who_ask() -> None:
    closed = find("NetworkPolicy", "closed")["spec"]
    services = find("NetworkPolicy", "services")["spec"]["ingress"][0]
    let_in = {each["port"] for each in services["ports"]}

    assert closed == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert let_in == {
        find("Service", service)["spec"]["ports"][0]["port"] for service in SERVICES
    }
