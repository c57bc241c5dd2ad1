"""What sellers say about prices beside a product's own corridor, and what Kaspi keeps of a sale."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from products.pricing.model import Percent
from products.pricing.tariff import Rate, Tariff


class RuleSheet(models.Model):
    """A seller's rules for one store or, without one, for the whole account.

    ``rules`` is a sheet as in ``pricing/sheets.py``; a product's own are a column of the product.
    """

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="rule_sheets")
    store = models.ForeignKey(
        "kaspi.Store", models.CASCADE, related_name="rule_sheets", null=True, blank=True
    )
    rules = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField()
    quiet_since = models.DateTimeField(null=True, blank=True)  # of a canary: the last jump, …
    judged_at = models.DateTimeField(null=True, blank=True)  # … and when it was asked for last

    objects = TenantManager["RuleSheet"](path="user", hidden="store__removed_at")
    rows = models.Manager["RuleSheet"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("store", name="one_rule_sheet_per_store"),
            models.UniqueConstraint(
                "user", name="one_rule_sheet_per_account", condition=Q(store__isnull=True)
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"rules of {f'store {self.store_id}' if self.store_id else f'user {self.user_id}'}"


class TariffTable(models.Model):
    """A table of commissions that Kaspi published, folded as in ``pricing/tariff.py``.

    ``usual`` is ``[without VAT, with VAT]`` in hundredths of a percent, ``exceptions`` are
    ``[path, without, with]``.
    """

    valid_from = models.DateField(unique=True)
    usual = models.JSONField()
    exceptions = models.JSONField()
    imported_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return f"tariff from {self.valid_from}"

    @property
    def tariff(self) -> Tariff:
        return Tariff(
            valid_from=self.valid_from,
            usual=_rate(*self.usual),
            exceptions=tuple((path, _rate(*shares)) for path, *shares in self.exceptions),
        )

    @classmethod
    def columns(cls, tariff: Tariff) -> dict[str, list[object]]:
        """What a row of this tariff holds beside its first day."""
        return {
            "usual": _shares(tariff.usual),
            "exceptions": [[path, *_shares(rate)] for path, rate in tariff.exceptions],
        }


def _rate(without_vat: int, with_vat: int) -> Rate:
    return Rate(Percent(without_vat), Percent(with_vat))


def _shares(rate: Rate) -> list[object]:
    return [rate.without_vat.hundredths, rate.with_vat.hundredths]
