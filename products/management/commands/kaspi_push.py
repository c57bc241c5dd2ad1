"""`manage.py kaspi_push STORE SKU PRICE [--dry-run]`: send one price by hand, and follow it."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import Money
from kaspi.models import Store
from kaspi.selectors import named_store
from kaspi.services.rehearsals import Rehearsal, rehearse_push
from products.models import Change, ChangeState, Product
from products.services.by_hand import decide_by_hand, take_step
from products.services.cities import cities_apart

_LOOK_S = 0.3
_PATIENCE_S = 120.0


class Command(BaseCommand):
    help = "Send a price through its corridor as any other, or show the statement it would make."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE", help="its id here, or its id at Kaspi")
        parser.add_argument("sku")
        parser.add_argument("price", type=int, help="in tenge")
        parser.add_argument("--dry-run", action="store_true", help="send nothing")

    @override
    def handle(self, *args: Any, store: str, sku: str, price: int, **options: Any) -> None:
        try:
            found = named_store(store)
            if options["dry_run"]:
                self._rehearse(found, sku, Money.tenge(price))
            else:
                self._push(found, sku, Money.tenge(price))
        except (DomainError, ValueError) as error:
            raise CommandError(getattr(error, "detail", "") or str(error)) from None

    def _push(self, store: Store, sku: str, price: Money) -> None:
        change = decide_by_hand(store=store, sku=sku, price=price, now=timezone.now())
        told, give_up_at = "", time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_at:
            said = f"{change.get_state_display()}{f' ({change.failure})' * bool(change.failure)}."
            if said != told:
                self.stdout.write(said)
                told = said
            if change.settled_at is not None:
                break
            take_step(change, clock=timezone.now)
            time.sleep(_LOOK_S)  # Kaspi tells when asked, and only then
            change.refresh_from_db()
        else:
            self.stdout.write("The workers go on with it.")
            return
        self._judge(change)

    def _judge(self, change: Change) -> None:
        if change.losses:
            raise CommandError(f"The listing lost something with it: {change.losses}.")
        if change.state != ChangeState.APPLIED:
            raise CommandError("The price is not in force.")

    def _rehearse(self, store: Store, sku: str, price: Money) -> None:
        listing = Product.rows.filter(store=store, sku=sku, listing=None)
        apart = cities_apart(listing.values_list("pk", flat=True))
        rehearsal = rehearse_push(
            store_id=store.pk,
            sku=sku,
            price=price,
            apart=frozenset().union(*apart.values()),
            now=timezone.now(),
        )
        self.stdout.write(
            orjson.dumps(rehearsal.statement, option=orjson.OPT_INDENT_2).decode("utf-8")
        )
        for line in _differences(rehearsal):
            self.stdout.write(line)
        if not rehearsal.listing.is_settled:
            self.stdout.write("Kaspi still applies an earlier change: a push would wait.")


def _differences(rehearsal: Rehearsal) -> Iterator[str]:
    listing, statement = rehearsal.listing, rehearsal.statement
    if "price" in statement:
        yield f"price: {listing.price.whole_tenge} → {statement['price']}"
    for city in statement.get("cityPrices", ()):
        old = listing.city_prices[city["cityId"]].whole_tenge
        yield f"price in {city['cityId']}: {old} → {city['value']}"
