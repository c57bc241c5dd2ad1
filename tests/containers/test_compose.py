"""The compose file, whole: built, up, used as a client would, and gone again."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.containers.compose import Compose
from tests.containers.conftest import Stack, web_client
from tests.containers.engine import SERVICE, Engine

pytestmark = [
    pytest.mark.containers,
    pytest.mark.flow,
    # The first test waits for a base image, three builds and thirteen containers.
    pytest.mark.timeout(900),
]

SHARDS = ["demper-0", "demper-1", "demper-2", "demper-3"]
OURS = ["beat", *SHARDS, "pusher", "sandbox", "web", "whatsapp", "worker"]
SERVERS = ["postgres", "redis"]
APP_UID = "10001"
CODE = [
    *("accounts", "ai", "billing", "cube_demper", "deploy", "kaspi", "manage.py"),
    *("news", "preorders", "products", "staticfiles", "whatsapp"),
]
HAS_BROWSER = "command -v chromium-headless-shell"
# One of the stand-in marketplace's accounts.
AIGERIM = {"email": "aigerim@demo.kz", "password": "Kaspi-2026"}
PATIENCE_S = 90


@pytest.fixture
def servers(
    engine: Engine, images: dict[str, str], a_project: Callable[..., Compose]
) -> Iterator[Compose]:
    """A project of its own with nothing but PostgreSQL and Redis."""
    project = a_project(engine=engine, **images)
    try:
        project.run("up", "--detach", "--wait", *SERVERS, timeout_s=180)
        yield project
    finally:
        project.run("down", "--volumes", "--timeout", "5")


@pytest.fixture
def seller(stack: Stack) -> Iterator[httpx.Client]:
    """A new seller, logged in."""
    account = {"email": f"{secrets.token_hex(4)}@example.kz", "password": "Zher-uiyq 2026"}
    stack.web.post("/auth/register", json=account).raise_for_status()
    tokens = stack.web.post("/auth/login", json=account).raise_for_status().json()
    bearer = {"Authorization": f"Bearer {tokens['access']}"}
    with web_client(port=str(stack.web.base_url.port), headers=bearer) as client:
        yield client


def answer_once(
    seller: httpx.Client, path: str, is_settled: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Ask until the answer is settled; return the last one even if patience ran out."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        answer: dict[str, Any] = seller.get(path).raise_for_status().json()
        if is_settled(answer) or time.monotonic() > give_up_at:
            return answer
        time.sleep(0.5)  # the API tells how far a thing is only when asked


def test_a_secret_that_is_not_set_stops_compose_with_its_name(
    a_project: Callable[..., Compose],
):
    project = a_project(SECRET_KEY="")

    refused = project.attempt("config", "--quiet")

    assert refused.returncode != 0
    assert "set SECRET_KEY in .env" in refused.stderr


def test_every_service_comes_up_healthy_after_the_migrations_have_ended_well(stack: Stack):
    containers = stack.engine.containers(stack.compose.project)
    states = {one.labels[SERVICE]: one.attrs["State"] for one in containers}

    migrate = states.pop("migrate")
    healths = {service: state["Health"]["Status"] for service, state in states.items()}

    assert (migrate["Status"], migrate["ExitCode"]) == ("exited", 0)
    assert healths == dict.fromkeys([*OURS, *SERVERS], "healthy")


def test_the_web_process_answers_and_sees_both_of_its_servers(stack: Stack):
    live = stack.web.get("/health/live")
    ready = stack.web.get("/health/ready")

    assert live.status_code == 200
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "redis": "ok"})


def test_a_seller_registers_logs_in_and_is_known(stack: Stack):
    seller = {"email": "aigul@example.kz", "password": "Zher-uiyq 2026"}

    registered = stack.web.post("/auth/register", json=seller)
    tokens = stack.web.post("/auth/login", json=seller).json()
    me = stack.web.get("/auth/me", headers={"Authorization": f"Bearer {tokens['access']}"})

    assert registered.status_code == 202
    assert (me.status_code, me.json()["email"]) == (200, "aigul@example.kz")


def test_a_price_goes_all_the_way_from_container_to_container(seller: httpx.Client):
    # Given a seller whose store was connected by a browser's walk, and read.
    login = seller.post("/kaspi/auth", json=AIGERIM).json()
    walked = answer_once(
        seller,
        f"/kaspi/auth/{login['id']}",
        lambda login: login["state"] in {"connected", "failed"},
    )
    listed = answer_once(seller, "/products", lambda page: len(page["results"]) > 0)["results"]
    product = next(one for one in listed if one["is_on_sale"])
    address = f"/products/{product['id']}"
    wanted = product["price_tiyn"] + 500_00

    # When the seller asks for another price than the one in force, whatever the rivals do.
    asked = seller.patch(address, json={"floor_tiyn": wanted, "ceiling_tiyn": wanted})

    # Then beat ticks, the shard's worker looks, decides and pushes, and Kaspi shows the price.
    shown = answer_once(seller, address, lambda product: product["price_tiyn"] == wanted)
    assert (walked["state"], walked["reason"]) == ("connected", "")
    assert (asked.status_code, shown["price_tiyn"]) == (200, wanted)


def test_the_admin_has_its_style_sheets(stack: Stack):
    style = stack.web.get("/static/admin/css/base.css")

    assert (style.status_code, style.headers["content-type"]) == (200, 'text/css; charset="utf-8"')


@pytest.mark.parametrize("service", OURS)
def test_no_process_of_ours_runs_as_root(stack: Stack, service: str):
    processes = stack.container(service).top(ps_args="-eo uid,pid,comm")

    uid = processes["Titles"].index("UID")

    assert {row[uid] for row in processes["Processes"]} == {APP_UID}


@pytest.mark.parametrize("service", OURS)
def test_the_code_cannot_be_changed_from_inside(stack: Stack, service: str):
    code, said = stack.shell(service, "echo x > /app/manage.py")

    assert code != 0
    assert "Read-only file system" in said or "Permission denied" in said


def test_only_the_default_worker_has_a_browser(stack: Stack):
    holders = [service for service in OURS if stack.shell(service, HAS_BROWSER)[0] == 0]

    assert holders == ["worker"]


def test_no_tool_of_ours_is_in_the_image(stack: Stack):
    tools = "ls /opt/venv/bin | grep -E '^(pip|uv|pytest|ruff|mypy|coverage)'"

    assert stack.shell("worker", tools) == (1, "")


def test_an_image_holds_the_code_of_its_roles_and_nothing_else(stack: Stack):
    listing = stack.shell("web", "ls /app")[1]

    assert listing.split() == CODE


def test_each_queue_is_read_by_exactly_one_worker(stack: Stack):
    asked = "celery -A cube_demper inspect active_queues --json --timeout 5"

    code, said = stack.shell("web", asked)

    queues = json.loads(said.splitlines()[-1])
    readers = {node.split("@")[0]: [q["name"] for q in read] for node, read in queues.items()}
    assert code == 0
    assert readers == {
        "default": ["default"],
        "pusher": ["demper.push"],
        "whatsapp": ["whatsapp"],
        "demper-0": ["demper.0"],
        "demper-1": ["demper.1"],
        "demper-2": ["demper.2"],
        "demper-3": ["demper.3"],
    }


def test_the_servers_end_by_themselves_when_they_are_stopped(servers: Compose, engine: Engine):
    servers.run("stop", "--timeout", "20")

    ends = {
        one.labels[SERVICE]: one.attrs["State"]["ExitCode"]
        for one in engine.containers(servers.project)
    }
    assert ends == dict.fromkeys(SERVERS, 0)


def test_taking_a_project_down_leaves_nothing(servers: Compose, engine: Engine):
    while_up = engine.belongings(servers.project)

    servers.run("down", "--volumes", "--timeout", "5")

    assert {f"{servers.project}-{service}-1" for service in SERVERS} < set(while_up)
    assert engine.belongings(servers.project) == []
