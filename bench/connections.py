"""Sellers' gateways on a real engine, with the WAHA stand-in's image: how soon, and at what cost.

The whole house runs, and a seller asks as anybody does. Then two hundred connections stand, and
rounds are timed in a process of their own, beside the worker that goes on with its own.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from bench.processes import pss_mb, tree_of
from bench.table import show
from cube_demper.local.env_file import read_env
from cube_demper.local.folders import remove_var
from sandbox.waha.image import import_image
from tests.containers.engine import Engine, an_engine
from tests.flows.house import House
from tests.flows.patience import until
from tests.flows.seller import Seller, register

_SELLERS = 7
_CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "200"))
_ROUNDS = 15
_ASK_EVERY_S = 0.02
_DEPLOYMENT = "bench"
_USUAL = "unix:///var/run/docker.sock"
_ALL_UP_WITHIN_S = 600.0


def measure() -> None:
    """From asking to a code on a real engine, rounds over 200 gateways, memory of the worker."""
    var = Path(tempfile.mkdtemp(prefix="demper-bench-"))
    var.chmod(0o711)  # as root, the database's user must come through
    with an_engine() as engine:
        house = House(var=var, settings=_settings(engine))
        try:
            house.start()
            until_code = [_code_after(register(house.web_url)) for _ in range(_SELLERS)]
            waited = _fill(house)
            worker = pss_mb(tree_of([house.leader_of("containers")]))
            rounds = _rounds()
        finally:
            house.end()
            _clear(engine)
            remove_var(var)
    show(
        "connections",
        [
            ("from asking to the code, median", f"{statistics.median(until_code):.2f} s"),
            (f"the slowest of {_SELLERS}", f"{max(until_code):.2f} s"),
            (f"until {_CONNECTIONS} connections are ready", f"{waited:.0f} s"),
            (f"a round over {_CONNECTIONS} that run, median", f"{statistics.median(rounds):.2f} s"),
            (f"the slowest of {_ROUNDS}", f"{max(rounds):.2f} s"),
            ("memory of the worker (PSS) after it", f"{worker:.0f} MB"),
        ],
    )


def _settings(engine: Engine) -> dict[str, str]:
    address = engine.environment.get("DOCKER_HOST", os.environ.get("DOCKER_HOST", _USUAL))
    return {
        "WAHA_LAYOUT": "containers",
        "WAHA_REACH": "loopback",
        "WAHA_DOCKER_URL": address,
        "WAHA_DEPLOYMENT": _DEPLOYMENT,
        "WAHA_NETWORK": _DEPLOYMENT,
        "WAHA_BASE_IMAGE": import_image(engine.client),
        "WAHA_MEMORY_MB": "128",
    }


def _code_after(seller: Seller) -> float:
    """Seconds from the request to connect to the first picture of a code."""
    began = time.perf_counter()
    seller.post("/whatsapp/session/create", {})
    while not _has_code(seller.http):
        time.sleep(_ASK_EVERY_S)  # the API tells when asked, as it does a seller's screen
    return time.perf_counter() - began


def _has_code(http: httpx.Client) -> bool:
    return http.get("/whatsapp/session/qr", params={"format": "png"}).is_success


def _fill(house: House) -> float:
    """Have so many connections that all of them are as many as promised; wait for them."""
    files = {"DEMPER_ENV_FILES": "", "DJANGO_SETTINGS_MODULE": "cube_demper.settings"}
    os.environ |= {**_of_the_house(house), **files}
    import django  # noqa: PLC0415 -- its settings are known only now

    django.setup()

    from django.utils import timezone  # noqa: PLC0415 -- Django is set up only now

    from tests.factories import make_user  # noqa: PLC0415 -- the same
    from whatsapp.models import Connection, Phase  # noqa: PLC0415 -- the same
    from whatsapp.services.connections import connect  # noqa: PLC0415 -- the same

    began = time.perf_counter()
    for number in range(_CONNECTIONS - _SELLERS):
        connect(user=make_user(email=f"bench{number}@example.kz"), now=timezone.now())
    until(
        lambda: Connection.rows.filter(phase=Phase.READY).count(),
        lambda ready: ready == _CONNECTIONS,
        patience_s=_ALL_UP_WITHIN_S,
    )
    return time.perf_counter() - began


def _of_the_house(house: House) -> dict[str, str]:
    """The settings of the house's own processes."""
    return {**read_env(house.var / "local.env"), **house.settings}


def _rounds() -> Sequence[float]:
    from django.utils import timezone  # noqa: PLC0415 -- Django is set up only now

    from whatsapp.gateway import container_host  # noqa: PLC0415 -- the same
    from whatsapp.services.reconciler import reconcile  # noqa: PLC0415 -- the same

    seconds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        reconcile(host=container_host(), now=timezone.now())
        seconds.append(time.perf_counter() - began)
    return seconds


def _clear(engine: Engine) -> None:
    ours = {"label": f"env={_DEPLOYMENT}"}
    for container in engine.client.containers.list(all=True, filters=ours):
        container.remove(force=True)
    for kind in (engine.client.volumes, engine.client.networks):
        for one in kind.list(filters=ours):
            one.remove()
