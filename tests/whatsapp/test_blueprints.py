"""What a container is made of. The mistakes of others' orchestrators each have a test here.

Those of the compose file are in ``tests/containers/test_manifests.py``.
"""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cube_demper.kernel.sealing import Secret
from tests.factories import NOW
from whatsapp.clients.engine_answers import container_of, event_of
from whatsapp.clients.engine_words import Names, creation
from whatsapp.host_ports import Blueprint, Container, ContainerState, Happening, HostEvent
from whatsapp.models import Connection
from whatsapp.services.blueprints import blueprint_of

pytestmark = pytest.mark.unit
ID = UUID("0f0f0f0f-1111-4222-8333-444444444444")
NAMES = Names("cube-demper")
# Of WAHA's own documentation. What is not here is not real, however often it is copied.
REAL = {
    "NODE_OPTIONS",
    "WAHA_API_KEY",
    "WAHA_API_KEY_EXCLUDE_PATH",
    "WAHA_DASHBOARD_ENABLED",
    "WAHA_LOG_FORMAT",
    "WAHA_LOG_LEVEL",
    "WAHA_NAMESPACE",
    "WAHA_PRESENCE_AUTO_ONLINE",
    "WAHA_PRINT_QR",
    "WAHA_SESSION_CONFIG_IGNORE_BROADCAST",
    "WAHA_SESSION_CONFIG_IGNORE_CHANNELS",
    "WAHA_SESSION_CONFIG_IGNORE_GROUPS",
    "WAHA_SESSION_CONFIG_IGNORE_STATUS",
    "WHATSAPP_API_PORT",
    "WHATSAPP_DEFAULT_ENGINE",
    "WHATSAPP_DOWNLOAD_MEDIA",
    "WHATSAPP_RESTART_ALL_SESSIONS",
    "WHATSAPP_SWAGGER_ENABLED",
}


def a_connection(pk: UUID = ID, *, api_key: str = "a-key-of-its-own") -> Connection:
    return Connection(
        pk=pk,
        user_id=7,
        api_key=Secret(api_key),
        hook_key=Secret("a-hook-key"),
        created_at=NOW,
        used_at=NOW,
    )


def body_of(connection: Connection, **changes: Any) -> dict[str, Any]:
    drawn = replace(blueprint_of(connection), **changes)
    labels = NAMES.labels(connection.pk, tenant_id=drawn.tenant_id)
    return creation(drawn, name=NAMES.of(connection.pk), labels=labels)


def test_the_login_is_kept_where_the_gateway_writes_it():
    (mount,) = body_of(a_connection())["HostConfig"]["Mounts"]

    assert mount == {"Type": "volume", "Source": NAMES.of(ID), "Target": "/app/.sessions"}


def test_no_port_is_reckoned_or_counted_the_engine_takes_a_free_one_of_its_own_host():
    body = body_of(a_connection(), is_published=True)

    assert body["HostConfig"]["PortBindings"] == {
        "3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]
    }


def test_on_a_private_network_nothing_is_published():
    host = body_of(a_connection(), is_published=False)["HostConfig"]

    assert "PortBindings" not in host
    assert host["NetworkMode"] == "cube-demper-waha"


def test_a_name_is_the_same_in_every_process():
    script = (
        "from uuid import UUID; from whatsapp.clients.engine_words import Names;"
        f"print(Names('cube-demper').of(UUID('{ID}')))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]

    assert said == [NAMES.of(ID)] * 2


def test_ids_that_begin_alike_have_names_of_their_own():
    alike = UUID(int=ID.int + 1)

    assert NAMES.of(ID) != NAMES.of(alike)
    assert re.fullmatch(r"[a-z0-9-]{1,63}", Names("d" * 20).of(ID))  # it is a host name as well


def test_only_variables_that_are_real_are_set():
    said = dict(one.split("=", 1) for one in body_of(a_connection())["Env"])

    assert set(said) == REAL


def test_each_container_has_a_key_of_its_own_and_holds_its_hash_alone():
    one, another = a_connection(api_key="one"), a_connection(api_key="another")

    keys = [dict(blueprint_of(row).environment)["WAHA_API_KEY"] for row in (one, another)]

    assert keys == [f"sha512:{hashlib.sha512(key).hexdigest()}" for key in (b"one", b"another")]


def test_nothing_that_opens_something_is_in_a_label_or_a_text_about_it():
    connection = a_connection()
    drawn = blueprint_of(connection)

    labels = body_of(connection)["Labels"]

    assert labels == {
        "app": "cube-demper",
        "env": "cube-demper",
        "connection": str(ID),
        "tenant": "7",
        "spec": drawn.spec,
    }
    assert "sha512" not in repr(drawn)


def test_a_container_may_do_little_and_take_little():
    host = body_of(a_connection())["HostConfig"]

    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"] is True
    assert host["MemorySwap"] == host["Memory"] == 512 << 20
    assert (host["NanoCpus"], host["PidsLimit"]) == (10**9, 256)
    assert not {"Binds", "Privileged", "CapAdd", "PidMode", "Devices", "Ulimits"} & set(host)


def test_nodes_heap_stays_below_the_containers_limit(settings):
    settings.WAHA_MEMORY_MB = 1000

    assert blueprint_of(a_connection()).environment["NODE_OPTIONS"] == "--max-old-space-size=800"


@pytest.mark.parametrize(
    "change",
    [
        {"image": "another"},
        {"environment": {"WAHA_API_KEY": "another"}},
        {"port": 1},
        {"memory_mb": 1},
        {"cpus": 0.1},
        {"processes": 1},
        {"is_read_only": False},
        {"network": "another"},
        {"is_published": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_can_not_be_changed_in_place_is_another_spec(change):
    drawn = blueprint_of(a_connection())

    assert replace(drawn, **change).spec != drawn.spec


def test_all_of_a_blueprint_but_whose_it_is_is_in_its_spec():
    drawn = blueprint_of(a_connection())

    assert replace(drawn, connection_id=UUID(int=1), tenant_id="8").spec == drawn.spec
    assert len(fields(Blueprint)) == 2 + 9


# -- what the engine answers ----------------------------------------------------------------------


def said(**fields: Any) -> dict[str, Any]:
    """A container as the engine lists it."""
    usual = {
        "Id": "abc",
        "Names": [f"/{NAMES.of(ID)}"],
        "State": "running",
        "Labels": {**NAMES.labels(ID, tenant_id="7"), "spec": "s"},
        "Ports": [{"IP": "127.0.0.1", "PrivatePort": 3000, "PublicPort": 49153, "Type": "tcp"}],
    }
    return {**usual, **fields}


@pytest.mark.parametrize(
    ("is_published", "address"),
    [(True, "http://127.0.0.1:49153"), (False, f"http://cube-demper-waha-{ID.hex}:3000")],
)
def test_where_a_container_is_reached_is_read_off_the_engine(is_published, address):
    found = container_of(said(), names=NAMES, port=3000, is_published=is_published)

    assert found == Container("abc", ID, "s", ContainerState.RUNNING, address)


@pytest.mark.parametrize("state", ["exited", "created", "restarting", "paused", "something new"])
def test_one_that_does_not_run_is_reached_nowhere(state):
    found = container_of(said(State=state), names=NAMES, port=3000, is_published=False)

    assert found.address == ""


def test_one_whose_label_says_nothing_is_nobodys():
    found = container_of(said(Labels={"app": "x"}), names=NAMES, port=3000, is_published=True)

    assert (found.connection_id, found.address, found.is_namesake) == (None, "", False)


def test_a_copy_under_another_name_is_told_from_the_one_that_counts():
    found = container_of(said(Names=["/by-hand"]), names=NAMES, port=3000, is_published=True)

    assert (found.connection_id, found.is_namesake) == (ID, False)


@pytest.mark.parametrize(
    ("action", "attributes", "event"),
    [
        ("die", {"exitCode": "137"}, HostEvent(ID, Happening.ENDED, 137)),
        ("start", {}, HostEvent(ID, Happening.STARTED)),
        ("oom", {}, HostEvent(ID, Happening.OUT_OF_MEMORY)),
        ("exec_start", {}, None),
        ("die", {"connection": "nobody's", "exitCode": "0"}, None),
    ],
)
def test_an_event_is_of_a_connection_or_of_nothing(action, attributes, event):
    told = {"Action": action, "Actor": {"Attributes": {"connection": str(ID), **attributes}}}

    assert event_of(told) == event
