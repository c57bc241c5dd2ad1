"""A store's orders as Kaspi's official API tells them, and the token that opens it."""

from django.db import models
from typing_extensions import override

from cube_demper.kernel.fields import MoneyField
from cube_demper.kernel.sealing import SealedField
from cube_demper.kernel.tenancy import TenantManager
from kaspi.models.stores import Store

ARCHIVE = "ARCHIVE"  # Kaspi's word for the tab where nothing happens any more


class OrdersState(models.TextChoices):
    UNPROVED = "UNPROVED", "Not tried yet"
    LIVE = "LIVE", "Live"
    REFUSED = "REFUSED", "Kaspi refused the token: make a new one in the cabinet's settings"


class OrdersAccess(models.Model):
    """The right to read one store's orders, and how far they are read.

    All that was placed before ``read_at`` has been read. ``leased_until`` is set while a worker
    reads.
    """

    store = models.OneToOneField(Store, models.CASCADE, related_name="orders_access")
    token = SealedField()
    state = models.CharField(max_length=16, choices=OrdersState, default=OrdersState.UNPROVED)
    set_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")

    objects = TenantManager["OrdersAccess"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["OrdersAccess"]()

    class Meta:
        default_manager_name = "rows"
        verbose_name_plural = "orders accesses"
        indexes = [
            models.Index(
                "next_read_at",
                name="orders_due",
                condition=~models.Q(state=OrdersState.REFUSED),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"access to the orders of store {self.store_id}"

    @property
    def is_refused(self) -> bool:
        """Has Kaspi refused the token? Then only a new one helps."""
        return bool(self.state == OrdersState.REFUSED)


class Order(models.Model):
    """An order. ``state`` (the tab) and ``status`` (the stage) are Kaspi's words as they came.

    Of the buyer we keep a first name and, where Kaspi shows it, a sealed phone, until
    ``erased_at``.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="orders")
    kaspi_id = models.CharField(max_length=128)
    code = models.CharField(max_length=32)
    state = models.CharField(max_length=64)
    status = models.CharField(max_length=64)
    is_known = models.BooleanField(default=True)  # are state and status words that we know?
    total = MoneyField()
    delivery_cost = MoneyField()
    payment_mode = models.CharField(max_length=64, blank=True)
    delivery_mode = models.CharField(max_length=64, blank=True)
    placed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    planned_delivery_at = models.DateTimeField(null=True, blank=True)
    courier_at = models.DateTimeField(null=True, blank=True)
    is_kaspi_delivery = models.BooleanField(default=False)
    is_express = models.BooleanField(default=False)
    is_preorder = models.BooleanField(default=False)
    is_assembled = models.BooleanField(default=False)
    is_signature_required = models.BooleanField(default=False)
    point_id = models.CharField(max_length=64, blank=True)
    city = models.CharField(max_length=100, blank=True)
    waybill_number = models.CharField(max_length=64, blank=True)
    cancellation_reason = models.CharField(max_length=100, blank=True)
    buyer_name = models.CharField(max_length=100, blank=True)
    buyer_phone = SealedField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    first_read_at = models.DateTimeField()
    read_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # when we saw another state or status
    entries_read_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Order"](path="store__user", hidden="store__removed_at")
    rows = models.Manager["Order"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("store", "kaspi_id", name="one_order_per_kaspi_id"),
        ]
        indexes = [
            models.Index("store", "read_at", name="order_open", condition=~models.Q(state=ARCHIVE)),
            models.Index("placed_at", name="order_unerased", condition=models.Q(erased_at=None)),
        ]

    @override
    def __str__(self) -> str:
        return f"order {self.code} of store {self.store_id}"


class OrderEntry(models.Model):
    """One line of an order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="entries")
    kaspi_id = models.CharField(max_length=128)
    number = models.PositiveIntegerField()
    sku = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=500, blank=True)
    master_sku = models.CharField(max_length=64, blank=True)
    category = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    price = MoneyField()
    total = MoneyField()

    objects = TenantManager["OrderEntry"](
        path="order__store__user", hidden="order__store__removed_at"
    )
    rows = models.Manager["OrderEntry"]()

    class Meta:
        default_manager_name = "rows"
        constraints = [
            models.UniqueConstraint("order", "kaspi_id", name="one_entry_per_kaspi_id"),
        ]

    @override
    def __str__(self) -> str:
        return f"line {self.number} of order {self.order_id}"
