"""How long buyers wait for a listing at its points of sale, on its way to Kaspi."""

from django.db import models
from django.db.models import Q
from typing_extensions import override

from cube_demper.kernel.tenancy import TenantManager
from products.models.pushed import UNDER_WAY, ChangeState, Pushed


class PreorderChange(Pushed):
    """Preorder days that some of a listing's points are to have; 0 ends a preorder.

    It goes as a price does, and takes one of the store's changes as well; the price stays. A
    listing has one on its way at most, and never together with a price.
    """

    days = models.JSONField()  # point of sale → days

    objects = TenantManager["PreorderChange"](
        path="product__store__user", hidden="product__store__removed_at"
    )
    rows = models.Manager["PreorderChange"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint(
                "product",
                name="one_open_preorder_change_a_product",
                condition=Q(state__in=(ChangeState.PENDING, *UNDER_WAY)),
            ),
        ]
        indexes = [
            models.Index(
                "next_step_at",
                "id",
                name="preorder_change_due",
                condition=Q(state__in=UNDER_WAY),
            ),
            models.Index("store", name="preorder_changes_waiting", condition=Q(state="PENDING")),
            models.Index("store", "sent_at", name="preorder_changes_spent"),
            models.Index(fields=["product", "-id"], name="preorder_changes_of_product"),
        ]

    @override
    def __str__(self) -> str:
        return f"preorder change {self.pk} of product {self.product_id}"
