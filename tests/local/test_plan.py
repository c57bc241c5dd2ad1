from pathlib import Path

import pytest

from cube_demper.local.plan import plan
from cube_demper.local.settings import read_settings
from cube_demper.local.steps import Service
from tests.local.stage import service

pytestmark = pytest.mark.unit

SHARDS = ("demper-0", "demper-1", "demper-2", "demper-3")
WORKING = ("web", "default", "whatsapp", "pusher", *SHARDS)


def ignore(news):
    pass


def planned(environ, *, servers=()):
    settings = read_settings(home=Path("/clone"), environ=environ)
    steps = plan(settings, servers=servers, hear_demo=ignore, hear_pulse=ignore)
    return {step.name: step for step in steps}


def test_on_a_machine_with_nothing_all_wait_for_what_they_need():
    servers = (service("postgres"), service("valkey"))

    steps = planned({}, servers=servers)

    assert {name: step.after for name, step in steps.items()} == {
        "postgres": (),
        "valkey": (),
        "migrate": ("postgres", "valkey"),
        "sandbox": (),
        "waha": (),
        "tiptoppay": (),
        "web": ("migrate",),
        **dict.fromkeys(("default", "whatsapp", "pusher", *SHARDS, "beat"), ("migrate", "sandbox")),
        "demo": WORKING,
        "pulse": ("demo",),
    }


def test_given_servers_are_checked_and_not_started():
    given = {"DATABASE_URL": "postgres://a@b/c", "REDIS_URL": "redis://d", "LOG_LEVEL": "INFO"}

    steps = planned(given)

    assert steps["migrate"].after == ("database",)
    assert steps["database"].environment == {"DATABASE_URL": "postgres://a@b/c"}


def test_the_real_marketplace_needs_no_sandbox_and_gets_no_demo():
    steps = planned({"KASPI_SHOP_URL": "https://kaspi.kz"})

    assert set(steps) == {"migrate", *WORKING, "beat", "pulse"}
    assert steps["pulse"].after == WORKING


def test_who_wants_a_container_for_each_gateway_gets_a_worker_for_them():
    steps = planned({"WAHA_LAYOUT": "containers"})

    assert steps["containers"].after == ("migrate", "sandbox")
    assert "waha" not in steps


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        pytest.param("demper-0", "demper-0@vm ready. [celery]", True, id="a worker"),
        pytest.param("demper-0", "Connected to redis", False, id="a worker on its way"),
        pytest.param("sandbox", '{"ready": true, "shop": "http://x"}', True, id="the sandbox"),
        pytest.param("sandbox", '{"ready": false}', False, id="the sandbox on its way"),
        pytest.param("sandbox", "[1]", False, id="other JSON"),
        pytest.param("sandbox", "ready", False, id="a word"),
    ],
)
def test_a_line_tells_that_a_program_is_ready(name, line, expected):
    step = planned({})[name]

    assert isinstance(step, Service)
    assert step.says
    assert step.says(line) is expected


def test_the_web_is_asked_itself():
    step = planned({"WEB_PORT": "1"})["web"]

    assert isinstance(step, Service)
    assert step.answers
    assert step.answers() is False


def test_ports_and_files_follow_the_settings():
    steps = planned({"WEB_PORT": "9010", "SANDBOX_PORT": "9021", "DEMPER_VAR": "/elsewhere"})

    assert steps["sandbox"].command[3:] == (
        *("--identity-port", "9021", "--cabinet-port", "9022", "--shop-port", "9023"),
        *("--state", "/elsewhere/sandbox.json"),
    )
    assert steps["web"].command[-3:] == ("--port", "9010", "cube_demper.wsgi:application")


@pytest.mark.parametrize("given", [{"WAHA_LAYOUT": "off"}, {"KASPI_SHOP_URL": "https://kaspi.kz"}])
def test_a_gateway_that_is_named_or_real_sellers_need_no_invented_phones(given):
    steps = planned(given)

    assert "waha" not in steps


@pytest.mark.parametrize(
    "given", [{"TIPTOPPAY_PUBLIC_ID": "pk_of_a_person"}, {"KASPI_SHOP_URL": "https://kaspi.kz"}]
)
def test_a_terminal_that_is_named_or_real_sellers_need_no_invented_payers(given):
    steps = planned(given)

    assert "tiptoppay" not in steps
