from itertools import chain
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from typing_extensions import override

from cube_demper.kernel.admin import ReadOnlyAdmin
from products.chart import Line, draw
from products.models import Card, Change, ChangeState, DecisionRecord, Market, Product, Round

CHART_POINTS = 300


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Answers "what is this product's price doing, and why"."""

    list_display = (
        "title",
        "store_name",
        "price",
        "wanted_price",
        "decision",
        "corridor",
        "is_paused",
        "decided_at",
    )
    list_select_related = ("store",)
    list_filter = ("reason", "is_paused", "is_on_sale", "store")
    search_fields = ("=id", "=sku", "=market__card__master_sku", "title")
    readonly_fields = ("price_history", "decision")
    fieldsets = (
        (None, {"fields": ("price", "wanted_price", "decision", "decided_at", "price_history")}),
        ("What the seller allows", {"fields": ("floor", "ceiling", "step", "is_paused")}),
        (
            "What is sold",
            {"fields": ("title", "sku", "store", "market", "is_on_sale", "missing_since")},
        ),
    )

    @admin.display(description="store", ordering="store__name")
    def store_name(self, product: Product) -> str:
        return product.store.name

    @admin.display(description="decision", ordering="reason")
    def decision(self, product: Product) -> str:
        """The reason as a word and as a sentence."""
        return f"{product.reason}: {product.explanation.get('en', '')}" if product.reason else "-"

    @admin.display(description="corridor", ordering="floor")
    def corridor(self, product: Product) -> str:
        return f"{product.floor} … {product.ceiling}" if product.floor else "-"

    @admin.display(description="Price history")
    def price_history(self, product: Product) -> SafeString | str:
        """Our price and the rival's that decided it, over the latest decisions."""
        latest = DecisionRecord.rows.filter(product=product).order_by("-id")[:CHART_POINTS]
        records = list(reversed(latest))
        changes = Change.rows.filter(product=product, state=ChangeState.APPLIED).order_by("-id")
        applied = [
            (change.settled_at, change.price)
            for change in reversed(changes[:CHART_POINTS])
            if change.settled_at is not None
        ]
        before = [
            (record.decided_at, record.price_in_force)
            for record in records[:1]
            if record.price_in_force is not None
        ]
        rival = [(r.decided_at, r.rival_price) for r in records if r.rival_price is not None]
        ours = Line("Our price", "#1d9a6c", sorted(chain(before, applied), key=lambda p: p[0]))
        theirs = Line("Cheapest rival", "#d9534f", rival)
        return draw([ours, theirs], floor=product.floor, ceiling=product.ceiling) or "Nothing yet."


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Answers "what did we send to Kaspi, and what came of it"."""

    list_display = (
        "id",
        "product",
        "old_price",
        "price",
        "state",
        "failure",
        "decided_at",
        "sent_at",
        "settled_at",
        "job_id",
    )
    list_select_related = ("product",)
    list_filter = ("state", "failure")
    search_fields = ("=id", "=product__id", "=product__sku", "=job_id")

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("-id")


@admin.register(Market)
class MarketAdmin(ReadOnlyAdmin):
    """Answers "when was this card looked at, and what failed"."""

    list_display = (
        "card",
        "city_id",
        "shard",
        "cheapest",
        "offer_count",
        "looked_at",
        "next_look_at",
        "leased_until",
        "failures",
        "failure",
    )
    list_select_related = ("card",)
    list_filter = ("shard", "is_watched", "failure")
    search_fields = ("=id", "=card__master_sku", "card__title")


@admin.register(Card)
class CardAdmin(ReadOnlyAdmin):
    list_display = ("title", "master_sku", "brand", "category")
    search_fields = ("=id", "=master_sku", "title")


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "shard",
        "started_at",
        "finished_at",
        "looks",
        "failures",
        "decisions",
        "changes",
    )
    list_filter = ("shard",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("-id")
