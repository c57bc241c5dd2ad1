"""How long a store of 20 000 listings takes to read, what it weighs, and how 50 offers are read."""

import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import httpx
import orjson

from bench.sandbox import unlimited_sandbox
from bench.servers import private_servers
from bench.table import show

if TYPE_CHECKING:
    from kaspi.models import Store

_CARDS = 20_400  # some are other sellers' alone
_LARGE, _SMALL = "big@demo.kz", "aigerim@demo.kz"
_MERCHANTS = {_LARGE: "30700055", _SMALL: "30112233"}
_WITHIN_S, _WITHIN_MB, _WITHIN_US = 60.0, 100.0, 500.0  # what we promise
_CITIES = 150  # allCityPrices of one listing: as few as real ones have, and most of an answer
_OFFERS, _TIMES = 50, 400
_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "ALLOWED_HOSTS": "127.0.0.1",
}


@dataclass(frozen=True, slots=True)
class _Read:
    listings: int
    pages: int
    seconds: float
    growth_mb: float

    @property
    def said(self) -> str:
        return (
            f"{self.seconds:.1f} s, {self.listings / self.seconds:,.0f} listings a second, "
            f"{self.seconds / _WITHIN_S:.2f} of the promise; {self.pages} pages; "
            f"+{self.growth_mb:.0f} MB, {self.growth_mb / _WITHIN_MB:.2f} of it"
        )


def measure() -> None:
    """A store of 20 000 listings read at the default budget, and 50 offers parsed."""
    with private_servers() as servers, unlimited_sandbox(cards=_CARDS) as urls:
        os.environ.update(servers | urls | _SETTINGS)
        httpx.post(
            f"{urls['KASPI_SHOP_URL']}/_sandbox/settings", json={"all_city_prices": _CITIES}
        ).raise_for_status()
        django.setup()
        _migrate()
        _sync(_SMALL, urls)  # opens what stays open
        first = _sync(_LARGE, urls)
        again = _sync(_LARGE, urls)
        _close()
    loads_us, parse_us = _offers_us()
    parsed = f"{parse_us:.0f} µs, {parse_us / _WITHIN_US:.2f} of the promise"
    show(
        "catalogue",
        [
            ("listings, cities each", f"{first.listings:,}, {_CITIES}"),
            ("read for the first time", first.said),
            ("read again", again.said),
            (f"{_OFFERS} offers read from bytes", parsed),
            ("orjson.loads of them alone", f"{loads_us:.0f} µs, 1 : {parse_us / loads_us:.1f}"),
        ],
    )


def _migrate() -> None:
    from django.core.management import call_command  # noqa: PLC0415 -- Django is set up only now

    call_command("migrate", verbosity=0)


def _sync(email: str, urls: dict[str, str]) -> _Read:
    """Read the catalogue behind this login in this process, as a worker does."""
    from django.utils import timezone  # noqa: PLC0415 -- Django is set up only now

    from kaspi.services import syncs  # noqa: PLC0415 -- the same
    from products.services.catalogue import sync_catalogue  # noqa: PLC0415 -- the same

    job = syncs.open_sync(store=_store(email, urls), now=timezone.now())
    pages: list[int] = []
    before_mb = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    began = time.perf_counter()
    sync_catalogue(job_id=job.pk, clock=timezone.now, tell=lambda done, _total: pages.append(done))
    seconds = time.perf_counter() - began
    job.refresh_from_db()
    if job.state != "DONE":
        raise SystemExit(f"The catalogue was not read: {job.reason}, {job.detail}")
    return _Read(job.done, len(pages), seconds, _memory_mb("VmHWM") - before_mb)


def _store(email: str, urls: dict[str, str]) -> "Store":
    from accounts.models import User  # noqa: PLC0415 -- Django is set up only now
    from cube_demper.kernel.sealing import Secret  # noqa: PLC0415 -- the same
    from kaspi.models import Store as Stores  # noqa: PLC0415 -- the same
    from tests.factories import make_session, make_store, make_user  # noqa: PLC0415 -- the same
    from tests.kaspi.clients.stand_ins import log_in  # noqa: PLC0415 -- the same

    known = Stores.rows.filter(merchant_id=_MERCHANTS[email]).first()
    if known is not None:
        return known
    jar = log_in(
        email,
        identity_url=urls["KASPI_IDENTITY_URL"],
        cabinet_url=urls["KASPI_CABINET_URL"],
    )
    user = User.objects.filter(email=email).first() or make_user(email=email)
    session = make_session(user=user, account=email, jar=Secret(jar.to_json()))
    return make_store(user=user, session=session, merchant_id=_MERCHANTS[email])


def _close() -> None:
    from kaspi import runtime  # noqa: PLC0415 -- Django is set up only now

    runtime.close()


def _memory_mb(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _offers_us() -> tuple[float, float]:
    """The best time of many for bytes into JSON, and for bytes into offers."""
    from kaspi.clients import payloads  # noqa: PLC0415 -- Django is set up only now

    body = orjson.dumps({"offers": [_offer(n) for n in range(_OFFERS)], "total": _OFFERS})
    return (
        _best_us(lambda: orjson.loads(body)),
        _best_us(lambda: payloads.offers(orjson.loads(body))),
    )


def _best_us(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best * 1e6


def _offer(number: int) -> dict[str, object]:
    """An offer with all the fields that recorded ones have."""
    return {
        "masterSku": "102298404",
        "masterCategory": "Master - Smartphones",
        "merchantId": f"{30_000_000 + number}",
        "merchantName": f"Магазин {number}",
        "merchantSku": f"102298404_{940_000_000 + number}",
        "merchantReviewsQuantity": number,
        "merchantRating": 4.8,
        "title": "Смартфон Apple iPhone 13 128Gb NanoSIM+eSIM черный",
        "price": 361_788.0 + number,
        "delivery": "2026-09-21T18:00:00.000+00:00",
        "deliveryMovedBySlot": False,
        "kdPickupDate": "2026-09-19T15:00:00.000+00:00",
        "availabilityDate": "2026-09-18T17:52:23.745+00:00",
        "pickup": "2026-09-18T19:00:00.000+00:00",
        "kaspiDelivery": True,
        "kdPoints": [f"{30_000_000 + number}_PP1"],
        "pointsWithAvailability": [f"{30_000_000 + number}_PP1"],
        "preorder": 0,
        "locatedInPoint": f"{30_000_000 + number}_PP1",
        "deliveryType": "TO_DOOR",
        "deliveryDuration": "TILL_5_DAYS",
        "postomat": "2026-09-21T18:00:00.000+00:00",
    }
