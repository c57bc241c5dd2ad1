"""What the container files promise on paper: Kubernetes, Compose, and the list of settings."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy/kubernetes"
WORKLOADS = {"Deployment", "StatefulSet", "Job"}
SHARDS = 4
SETTING = re.compile(r"""env\.\w+\(\s*["']([A-Z][A-Z0-9_]+)["']|\$\{([A-Z][A-Z0-9_]+)[:}]""")


def documents() -> list[dict[str, Any]]:
    """Everything that the kustomization names, in its order."""
    listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
    return [
        document
        for name in listed
        for document in yaml.safe_load_all((MANIFESTS / name).read_text())
    ]


def workloads() -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] in WORKLOADS}


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = workloads()[name]["spec"]["template"]["spec"]
    return spec


def containers() -> list[Any]:
    return [
        pytest.param(container, id=f"{name}-{container['name']}")
        for name in workloads()
        for container in (*pod(name).get("initContainers", []), *pod(name)["containers"])
    ]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_workloads_are_those_of_the_house():
    kinds = {name: one["kind"] for name, one in workloads().items()}

    assert kinds == {
        "migrate": "Job",
        "web": "Deployment",
        "beat": "Deployment",
        "worker": "Deployment",
        "pusher": "Deployment",
        "whatsapp": "Deployment",
        "demper": "StatefulSet",
    }


def test_the_manifests_that_lie_there_are_listed_but_for_the_example_of_a_secret():
    lying = {path.name for path in MANIFESTS.glob("*.yaml")}
    listed = set(yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"])

    assert lying - listed == {"kustomization.yaml", "secret.example.yaml"}


@pytest.mark.parametrize("container", containers())
def test_a_container_has_limits_and_may_do_nothing_it_need_not(container: dict[str, Any]):
    assert set(container["resources"]) == {"requests", "limits"}
    assert "memory" in container["resources"]["limits"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("name", workloads())
def test_a_pod_runs_as_the_image_user_and_knows_no_cluster(name: str):
    spec = pod(name)

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", sorted(set(workloads()) - {"migrate"}))
def test_a_process_that_stays_is_probed_and_waits_for_its_schema(name: str):
    (container,) = pod(name)["containers"]
    (first,) = pod(name)["initContainers"]

    assert {"startupProbe", "livenessProbe"} <= set(container)
    assert first["args"] == ["manage", "migrate", "--check"]


def test_a_pod_selects_itself():
    for one in workloads().values():
        if one["kind"] != "Job":
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert one["spec"]["selector"]["matchLabels"] == labels


def test_there_is_never_a_second_beat():
    spec = workloads()["beat"]["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_kubernetes_covers_each_shard_exactly_once():
    (config,) = [one["data"] for one in documents() if one["kind"] == "ConfigMap"]
    spec = workloads()["demper"]["spec"]

    assert spec["replicas"] == SHARDS == int(config["INSTANCE_COUNT"])
    assert pod("demper")["containers"][0]["args"] == ["worker", "$(POD_NAME)"]


def test_compose_covers_each_queue_exactly_once():
    commands = [service.get("command", []) for service in compose()["services"].values()]

    workers = sorted(command[1] for command in commands if command[:1] == ["worker"])

    assert workers == [*map(str, range(SHARDS)), "containers", "default", "push", "whatsapp"]


def test_one_service_alone_reaches_the_engine_and_by_a_proxy_that_lets_little_through():
    services = compose()["services"]
    proxy = services["socket-proxy"]

    beside_it = [name for name, one in services.items() if "engine" in one.get("networks", [])]
    with_socket = [name for name, one in services.items() if "docker.sock" in str(one)]
    with_address = [name for name, one in services.items() if "2375" in str(one)]

    assert beside_it == ["containers", "socket-proxy"]
    assert (with_socket, with_address) == (["socket-proxy"], ["containers"])
    assert compose()["networks"]["engine"] == {"internal": True}
    assert set(proxy["environment"]) == {
        *("CONTAINERS", "EVENTS", "IMAGES", "NETWORKS", "VERSION", "VOLUMES", "POST")
    }
    assert "ports" not in proxy


def test_no_service_borrows_another_containers_network_or_publishes_to_the_world():
    services = compose()["services"].values()

    published = [port for one in services for port in one.get("ports", [])]

    assert [one for one in services if "network_mode" in one] == []
    assert [one for one in published if not one.startswith(("127.0.0.1:", "${WEB_BIND:-127"))] == []


@pytest.mark.parametrize("name", compose()["services"])
def test_a_compose_service_is_confined(name: str):
    service = compose()["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"memory", "pids"}
    assert "ulimits" not in service


def test_every_setting_is_in_the_example_of_settings():
    asked = {
        name
        for source in ("cube_demper/settings.py", "docker-compose.yml", "deploy/entrypoint.sh")
        for name in settings_named_in((ROOT / source).read_text())
    }

    documented = re.findall(
        r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE
    )

    internal = {"DEMPER_ENV_FILES", "DEMPER_LOCAL", "ENV_FILE", "ROLE_FILE", "PULSE_FILE"}
    of_make_run = {"SANDBOX_PORT"}
    assert sorted(documented) == sorted(asked - internal | of_make_run)


def test_the_example_of_settings_holds_no_secret():
    lines = (ROOT / ".env.example").read_text().splitlines()

    secrets = [
        line for line in lines if re.match(r"(SECRET_KEY|ENCRYPTION_KEY|\w+PASSWORD)=", line)
    ]

    assert secrets == ["SECRET_KEY=", "ENCRYPTION_KEY=", "POSTGRES_PASSWORD="]


def settings_named_in(source: str) -> set[str]:
    """Names as Python's settings, Compose and the shell ask for them."""
    return {python or shell for python, shell in SETTING.findall(source)}
