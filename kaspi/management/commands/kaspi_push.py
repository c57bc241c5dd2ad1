"""`manage.py kaspi_push STORE_ID SKU PRICE --dry-run`: the statement a push would send."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import Money
from kaspi.services.rehearsals import Rehearsal, rehearse_push


class Command(BaseCommand):
    help = "Show the statement that a price push would send, and what it would change."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store_id", type=int)
        parser.add_argument("sku")
        parser.add_argument("price", type=int, help="in tenge")
        # Prices go out by changes alone, through their corridors: by hand nothing is sent.
        parser.add_argument(
            "--dry-run", action="store_true", required=True, help="send nothing: the only way"
        )

    @override
    def handle(self, *args: Any, store_id: int, sku: str, price: int, **options: Any) -> None:
        try:
            rehearsal = rehearse_push(
                store_id=store_id, sku=sku, price=Money.tenge(price), now=timezone.now()
            )
        except (DomainError, ValueError) as error:
            raise CommandError(getattr(error, "detail", "") or str(error)) from None
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
