"""How long a price list of 20 000 offers takes over HTTP, and what it weighs on its way."""

import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import httpx
import psycopg

from bench.processes import tree_of
from bench.servers import HOME, private_servers
from bench.table import show
from tests.flows.patience import until

_LARGE, _SMALL = 20_000, 2_000
_WITHIN_S = 1.0  # what we promise
_ROUNDS = 7
_PORT = 8177
_POINTS = 5
_BARE = """
    SELECT sku, model, brand, points, e.price, city_prices, stated_price, floor, ceiling
    FROM products_pricelistentry e JOIN products_product p ON p.id = e.product_id
    WHERE store_id = %s ORDER BY sku
"""


@dataclass(frozen=True, slots=True)
class _Fetch:
    seconds: float
    bytes_sent: int
    status: int


def measure() -> None:
    """A price list of 20 000 offers, fetched from granian: seconds, bytes, and memory."""
    with private_servers() as servers:
        os.environ.update(servers, **_SETTINGS)
        _manage("migrate", "--verbosity", "0")
        large, small = _fill()
        with _web() as pid:
            _times(lambda: _fetch(small.address))
            few_mb = _peak_mb(pid, lambda: _fetch(small.address))
            many_mb = _peak_mb(pid, lambda: _fetch(large.address))
            plain = _times(lambda: _fetch(large.address))
            packed = _times(lambda: _fetch(large.address, accept_encoding="gzip"))
            asked = {"accept-encoding": "identity"}
            tag = httpx.head(large.address, headers=asked, timeout=30).headers["ETag"]
            known = _times(lambda: _fetch(large.address, if_none_match=tag))
            least = _times(lambda: _fetch(small.address))
        bare_s = _bare_s(servers["DATABASE_URL"], large.store_id)
    show(
        "pricelist",
        [
            ("offers", f"{_LARGE:,}, {_POINTS} points and two cities each"),
            ("whole, plain", _said(plain, bare_s)),
            ("whole, gzip", _said(packed, bare_s)),
            ("not changed (304)", _said(known, bare_s)),
            (f"{_SMALL:,} offers, plain", f"{least.seconds:.2f} s"),
            ("the same rows, only read", f"{bare_s:.2f} s"),
            ("the web process at most, 2 000 offers", f"{few_mb:.0f} MB"),
            (
                "the web process at most, 20 000 offers",
                f"{many_mb:.0f} MB, +{many_mb - few_mb:.0f}",
            ),
        ],
    )


_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "ALLOWED_HOSTS": "127.0.0.1",
}


def _said(fetch: _Fetch, bare_s: float) -> str:
    return (
        f"{fetch.seconds:.2f} s, {fetch.seconds / _WITHIN_S:.2f} of the promise, "
        f"{fetch.seconds / bare_s:.1f} x reading the rows; {fetch.bytes_sent / 1e6:.2f} MB"
    )


def _manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=HOME, check=True)  # noqa: S603 -- our own command


@dataclass(frozen=True, slots=True)
class _List:
    store_id: int
    address: str


def _fill() -> tuple[_List, _List]:
    """Make two sellers' stores, one with a long list and one with a short one."""
    django.setup()
    from django.db import connection  # noqa: PLC0415 -- Django is set up only now

    from tests.factories import make_claimed_store, make_user  # noqa: PLC0415 -- the same

    made = []
    for number in (_LARGE, _SMALL):
        store = make_claimed_store(user=make_user())
        _fill_store(store.pk, number)
        key = store.price_list.secret.reveal()
        made.append(_List(store.pk, f"http://127.0.0.1:{_PORT}/kaspi/feed/{key}.xml"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the server does by itself in a while
    return made[0], made[1]


def _fill_store(store_id: int, number: int) -> None:
    from cube_demper.kernel.money import Money  # noqa: PLC0415 -- Django is set up only now
    from products.models import PriceListEntry, Product  # noqa: PLC0415 -- the same
    from tests.factories import NOW, make_market  # noqa: PLC0415 -- the same

    market = make_market()
    products = Product.rows.bulk_create(
        [
            Product(
                store_id=store_id,
                market=market,
                sku=f"{100000000 + n}_{700000000 + n}",
                title=f"Чайник электрический «Тест» {n}, 1,7 л, чёрный",
                listed_at=NOW,
            )
            for n in range(number)
        ],
        batch_size=2000,
    )
    PriceListEntry.rows.bulk_create(
        [
            PriceListEntry(
                product=product,
                model=product.title,
                brand="Acme & Co",
                points=[
                    {"id": f"PP{n}", "yes": n < _POINTS - 1, "stock": (product.pk + n) % 97}
                    for n in range(1, _POINTS + 1)
                ],
                city_prices={"750000000": 24_990, "710000000": 25_990},
                stated_price=Money.tenge(24_480) if product.pk % 2 else None,
            )
            for product in products
        ],
        batch_size=2000,
    )


@contextmanager
def _web() -> Iterator[int]:
    """Serve the API by granian, as ``make run`` does; give its process."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(_PORT), "--no-ws"]
    command += ["cube_demper.wsgi:application"]
    with subprocess.Popen(command, cwd=HOME, stderr=subprocess.DEVNULL) as process:  # noqa: S603 -- our own command
        try:
            until(_answers, bool)
            yield process.pid
        finally:
            process.terminate()


def _answers() -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{_PORT}/health/live").is_success
    except httpx.TransportError:
        return False


def _fetch(address: str, **headers: str) -> _Fetch:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    began = time.perf_counter()
    with httpx.stream("GET", address, headers={"accept-encoding": "identity"} | named) as answer:
        sent = sum(map(len, answer.iter_raw()))
    return _Fetch(time.perf_counter() - began, sent, answer.status_code)


def _times(fetch: Callable[[], _Fetch]) -> _Fetch:
    fetches = [fetch() for _ in range(_ROUNDS)]
    middle = statistics.median(one.seconds for one in fetches)
    return _Fetch(middle, fetches[-1].bytes_sent, fetches[-1].status)


def _peak_mb(pid: int, fetch: Callable[[], _Fetch]) -> float:
    """The most that the largest process of this tree held while it served."""
    processes = tree_of([pid])
    for one in processes:
        Path(f"/proc/{one}/clear_refs").write_text("5")  # forget the peak so far
    _times(fetch)
    peaks = [re.search(r"VmHWM:\s+(\d+)", _status(one)) for one in processes]
    return max(int(peak[1]) for peak in peaks if peak) / 1024


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def _bare_s(database_url: str, store_id: int) -> float:
    """Read the same columns with nothing done to them: the least that anybody could do."""
    with psycopg.connect(database_url) as connection:
        began = time.perf_counter()
        for _ in range(_ROUNDS):
            connection.execute(_BARE, [store_id]).fetchall()
        return (time.perf_counter() - began) / _ROUNDS
