"""`manage.py backtest PRODUCT`: what rules would have made of a product's last days."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from products.models import Product
from products.pricing.backtest import Backtest
from products.pricing.hours import ALMATY
from products.pricing.rules import Strategy
from products.services.backtests import MOST_DAYS, Rivals, Tried, try_product
from products.services.reasoning import changed

_ROWS, _WIDTH = 24, 48


class Command(BaseCommand):
    help = "Replay a product's last days by its rules or another strategy. Nothing is written."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("product", metavar="PRODUCT", type=int, help="its id here")
        parser.add_argument("--days", type=int, default=7, help=f"1 to {MOST_DAYS}")
        parser.add_argument("--strategy", choices=[s.lower() for s in Strategy])
        parser.add_argument("--rivals", choices=[r.lower() for r in Rivals], default="static")

    @override
    def handle(self, *args: Any, product: int, **options: Any) -> None:
        found = Product.rows.filter(pk=product).select_related("store", "market__card").first()
        if found is None:
            raise CommandError(f"There is no product {product}.")
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"1 to {MOST_DAYS} days.")
        try:
            tried = try_product(
                changed(found, {"rules": _sheet(options["strategy"])}),
                days=options["days"],
                rivals=Rivals(options["rivals"].upper()),
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(error.detail) from None
        for line in (*table(tried), "", *chart(tried.backtest)):
            self.stdout.write(line)


def _sheet(strategy: str | None) -> dict[str, str]:
    return {} if strategy is None else {"strategy": strategy.upper()}


def table(tried: Tried) -> Iterator[str]:
    """What came of it, a figure a line."""
    result = tried.backtest
    yield f"seen           {_span(result.lasted)}"
    yield f"first          {result.first / 100:.2f} % of the time"
    yield f"at the floor   {result.at_floor / 100:.2f} %"
    yield f"unpublished    {result.unpublished / 100:.2f} %"
    yield f"average price  {result.average or '-'}"
    yield f"left a piece   {tried.profit or 'no costs stated'}"
    yield f"changes        {result.changes}"
    yield f"decisions      {result.decisions}"
    for merchant_id, habits in tried.answering.items():
        yield f"answers        {merchant_id}: after {habits.reaction}, by {habits.step}"


def chart(result: Backtest) -> Iterator[str]:
    """Our price (#) and the cheapest rival's (o), time downwards."""
    points = result.series[:: max(-(-len(result.series) // _ROWS), 1)]
    prices = [price.tiyn for one in points for price in (one.price, one.rival) if price]
    if not prices:
        return
    low, span = min(prices), max(max(prices) - min(prices), 1)
    for point in points:
        line = [" "] * (_WIDTH + 1)
        for mark, price in (("o", point.rival), ("#", point.price)):
            if price is not None:
                line[(price.tiyn - low) * _WIDTH // span] = mark
        yield f"{point.at.astimezone(ALMATY):%d.%m %H:%M} |{''.join(line).rstrip()}"


def _span(lasted: timedelta) -> str:
    return f"{lasted.total_seconds() / 86_400:.2f} days"
