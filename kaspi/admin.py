from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override

from accounts.operations import AuditedAdmin
from cube_demper.kernel.admin import ReadOnlyAdmin
from cube_demper.kernel.sealing import Secret
from kaspi.errors import ProxyUnusable
from kaspi.models import (
    City,
    EgressAddress,
    Job,
    Login,
    Order,
    OrderEntry,
    OrdersAccess,
    Point,
    PriceList,
    Session,
    Store,
)
from kaspi.services import egress


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    """Answers "which stores stand still, and why"."""

    list_display = (
        "name",
        "merchant_id",
        "user",
        "channel",
        "session_state",
        "orders_state",
        "attention",
        "attention_until",
        "is_paused",
        "synced_at",
        "removed_at",
    )
    list_select_related = ("user", "session", "orders_access")
    list_filter = ("attention", "channel", "session__state", "orders_access__state", "is_paused")
    search_fields = ("=id", "=merchant_id", "name", "user__email")

    @admin.display(description="session", ordering="session__state")
    def session_state(self, store: Store) -> str:
        return store.session.get_state_display() if store.session else "-"

    @admin.display(description="orders", ordering="orders_access__state")
    def orders_state(self, store: Store) -> str:
        access = getattr(store, "orders_access", None)  # raises an AttributeError without one
        return str(access.get_state_display()) if access else "-"


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "state", "reason", "version", "connected_at", "renewed_at")
    list_select_related = ("user",)
    list_filter = ("state", "reason")
    search_fields = ("=id", "user__email")
    exclude = ("jar", "password")


@admin.register(Login)
class LoginAdmin(ReadOnlyAdmin):
    """Answers "why can't this seller connect"."""

    list_display = ("id", "user", "state", "reason", "retry_at", "started_at", "finished_at")
    list_select_related = ("user",)
    list_filter = ("state", "reason")
    search_fields = ("=id", "user__email")
    exclude = ("password", "answer", "device")


@admin.register(Point)
class PointAdmin(ReadOnlyAdmin):
    """Answers "where does this store sell from"."""

    list_display = ("point_id", "store", "name", "city", "address", "is_enabled")
    list_select_related = ("store", "city")
    list_filter = ("is_enabled",)
    search_fields = ("point_id", "=store__id", "=store__merchant_id")


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    list_display = ("city_id", "name", "listed_at")
    search_fields = ("=city_id", "name")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "store",
        "kind",
        "state",
        "done",
        "total",
        "left_out",
        "reason",
        "ordered_at",
        "finished_at",
    )
    list_select_related = ("store",)
    list_filter = ("kind", "state", "reason")
    search_fields = ("=id", "=store__id", "=store__merchant_id")


@admin.register(PriceList)
class PriceListAdmin(ReadOnlyAdmin):
    """Answers "does Kaspi fetch this store's prices"."""

    list_display = ("id", "store", "stated_at", "changed_at", "fetched_at", "fetched_by")
    list_select_related = ("store",)
    search_fields = ("=id", "=store__id", "=store__merchant_id")
    exclude = ("secret", "secret_hash")


class EgressAddressForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """The proxy's URL is typed in and never shown again: it holds a password."""

    proxy = forms.CharField(
        required=False,
        widget=forms.PasswordInput(render_value=False),
        help_text="http://user:password@host:port; left empty, it stays as it is",
    )

    class Meta:
        model = EgressAddress
        fields = ("name", "is_enabled", "offers_rps")

    def clean_proxy(self) -> str:
        typed: str = self.cleaned_data["proxy"]
        if not typed and self.instance.pk:
            return ""
        try:
            return egress.check_proxy(typed)
        except ProxyUnusable as error:
            raise forms.ValidationError(error.detail) from None


@admin.register(EgressAddress)
class EgressAddressAdmin(AuditedAdmin):
    """Answers "by which ways do we get out, and which of them rest"."""

    form = EgressAddressForm
    list_display = (
        "name",
        "is_enabled",
        "offers_rps",
        "walls",
        "walled_at",
        "quarantined_until",
        "answered_at",
    )
    list_filter = ("is_enabled",)
    search_fields = ("=id", "name")
    readonly_fields = ("walls", "walled_at", "quarantined_until", "answered_at")
    actions = ("let_rest", "lift")

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if typed := form.cleaned_data["proxy"]:
            obj.proxy_url = Secret(typed)
        super().save_model(request, obj, form, change)

    @admin.action(description="Let rest for an hour")
    def let_rest(self, request: HttpRequest, chosen: "QuerySet[EgressAddress]") -> None:
        until = timezone.now() + egress.LONGEST_REST
        for row in chosen:
            egress.put_to_rest(egress_id=row.pk, until=until)
        self.message_user(request, "They rest for an hour.")

    @admin.action(description="Lift the quarantine")
    def lift(self, request: HttpRequest, chosen: "QuerySet[EgressAddress]") -> None:
        for row in chosen:
            egress.lift(egress_id=row.pk)
        self.message_user(request, "They are used again.")


@admin.register(OrdersAccess)
class OrdersAccessAdmin(ReadOnlyAdmin):
    """Answers "whose orders are not read, and why"."""

    list_display = ("id", "store", "state", "read_at", "next_read_at", "failures", "reason")
    list_select_related = ("store",)
    list_filter = ("state", "reason")
    search_fields = ("=store__id", "=store__merchant_id", "store__user__email")
    exclude = ("token",)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Answers "what do we know of this order", without the buyer."""

    list_display = ("code", "store", "state", "status", "is_known", "total", "placed_at", "read_at")
    list_select_related = ("store",)
    list_filter = ("state", "status", "is_known", "is_preorder")
    search_fields = ("=id", "=code", "=store__id", "=store__merchant_id")
    exclude = ("buyer_name", "buyer_phone")


@admin.register(OrderEntry)
class OrderEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "number", "sku", "title", "quantity", "price", "total")
    list_select_related = ("order",)
    search_fields = ("=order__id", "=order__code", "=sku", "=master_sku")
