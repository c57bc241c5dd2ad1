from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import override

from accounts.operations import AuditedAdmin
from billing.models import Addon, Plan, PlanVersion, PromoCode


class WrittenOnceAdmin(AuditedAdmin):
    """Rows that people add and nobody changes: other terms are a new row."""

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Plan)
class PlanAdmin(AuditedAdmin):
    """Answers "what is sold at all"."""

    list_display = ("code", "rank", "is_public")
    search_fields = ("code",)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PlanVersion)
class PlanVersionAdmin(WrittenOnceAdmin):
    """Answers "what did this plan give and cost then"."""

    list_display = (
        *("plan", "number", "valid_from", "month_price", "year_price", "trial_days"),
        *("repriced_products", "analysed_products", "stores", "helpers", "shortest_interval_s"),
    )
    list_select_related = ("plan",)
    list_filter = ("plan",)
    search_fields = ("plan__code",)


@admin.register(Addon)
class AddonAdmin(AuditedAdmin):
    """Answers "what is sold beside plans"; of a row that was sold only its end may be set."""

    list_display = ("code", "number", "month_price", "year_price", "valid_from", "valid_to", "most")
    search_fields = ("code",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return [one.name for one in self.opts.fields if one.name not in {"id", "name", "valid_to"}]

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PromoCode)
class PromoCodeAdmin(AuditedAdmin):
    """Answers "which words make it cheaper, and how often they did"."""

    list_display = ("code", "percent", "payments", "plan", "valid_from", "valid_to", "uses")
    list_select_related = ("plan",)
    search_fields = ("code",)
    readonly_fields = ("uses",)
