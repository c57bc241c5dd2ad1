"""New tables of Kaspi's commissions, from a file of the published table."""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from products.errors import TariffUnreadable
from products.models import Market, TariffTable
from products.pricing.model import Percent
from products.pricing.tariff import Rate, Tariff, fold

_PATH, _WITHOUT, _WITH = "category_path", "commission_pct_without_vat", "commission_pct_with_vat"
_HUNDREDTHS = 100


def read_tariff(lines: Iterable[str], *, valid_from: date) -> Tariff:
    """Fold a CSV table with a row a category into a tariff. Raises TariffUnreadable."""
    rows = []
    reader = csv.DictReader(lines)
    for row in reader:
        try:
            rate = Rate(_percent(row[_WITHOUT]), _percent(row[_WITH]))
            path = " ".join(row[_PATH].split())
        except (KeyError, AttributeError, TypeError, InvalidOperation, ValueError) as error:
            columns = f"{_PATH}, {_WITHOUT} and {_WITH}"
            raise TariffUnreadable(
                f"Line {reader.line_num}: {columns} are expected, percent in hundredths."
            ) from error
        rows.append((path, rate))
    try:
        return fold(rows, valid_from=valid_from)
    except ValueError as error:
        raise TariffUnreadable(f"{error}.") from error


def import_tariff(tariff: Tariff, *, now: datetime) -> int:
    """Keep a tariff, instead of one from the same day, and look at every watched market soon.

    Floors of costs follow it from its first day on, and prices below them are repaired. Returns
    how many markets will be looked at.
    """
    with transaction.atomic():
        TariffTable.objects.update_or_create(
            valid_from=tariff.valid_from,
            defaults={**TariffTable.columns(tariff), "imported_at": now},
        )
        watched = Market.objects.filter(is_watched=True, next_look_at__gt=now)
        locked = list(watched.select_for_update().order_by("pk").values_list("pk", flat=True))
        return Market.objects.filter(pk__in=locked).update(next_look_at=now)


def _percent(said: str) -> Percent:
    hundredths = Decimal(said.strip()) * _HUNDREDTHS
    share = Percent(int(hundredths))
    if share.hundredths != hundredths or not share.is_part:
        raise ValueError(said)
    return share
