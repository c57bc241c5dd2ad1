from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override

from accounts.operations import AuditedAdmin, operator_of
from billing.models import (
    Addon,
    LedgerEntry,
    MoneyAlarm,
    Payment,
    PaymentCard,
    Plan,
    PlanVersion,
    PromoCode,
    ProviderEvent,
    Refund,
    Subscription,
    Transition,
    TrialMark,
)
from billing.services import refunds
from cube_demper.kernel.admin import ReadOnlyAdmin
from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import Money


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


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Answers "what has this seller, until when, and what comes next"."""

    list_display = (
        *("id", "user", "state", "version", "period", "period_to", "access_until", "charge_at"),
        "ends_with_period",
    )
    list_select_related = ("user", "version__plan")
    list_filter = ("state", "period", "version__plan", "ends_with_period")
    search_fields = ("=id", "user__email", "=user__id")


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    """Answers "how did it come to be so"."""

    list_display = ("id", "subscription_id", "old_state", "new_state", "cause", "at", "payment_id")
    list_filter = ("cause", "new_state")
    search_fields = ("=subscription__id", "subscription__user__email", "=payment__id")


class RefundForm(ActionForm):
    """What is said along with a refund."""

    tenge = forms.IntegerField(required=False, min_value=1, label="₸ (empty: all that is left)")
    reason = forms.CharField(required=False, max_length=300)


@admin.register(Payment)
class PaymentAdmin(AuditedAdmin):
    """Answers "what became of this payment", and gives it back."""

    list_display = (
        *("id", "user", "purpose", "state", "amount", "refunded", "transaction_id", "made_at"),
        *("settled_at", "decline_code", "is_credited"),
    )
    list_select_related = ("user",)
    list_filter = ("state", "purpose", "is_credited")
    search_fields = ("=id", "=transaction_id", "user__email", "=user__id")
    exclude = ("request_id",)
    action_form = RefundForm
    actions = ("refund",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Not in one transaction as elsewhere: a refund's row has to outlive whatever comes after.
        # The service writes the audit.
        return dict(admin.ModelAdmin.get_actions(self, request))

    @admin.action(description="Refund")
    def refund(self, request: HttpRequest, chosen: "QuerySet[Payment]") -> None:
        reason, tenge = request.POST.get("reason", "").strip(), request.POST.get("tenge", "")
        if not reason or len(chosen) != 1 or not (tenge.isdecimal() or not tenge):
            messages.error(request, "Choose one payment, and say why.")
            return
        payment = chosen[0]
        amount = Money.tenge(int(tenge)) if tenge else payment.amount - payment.refunded
        try:
            row = refunds.refund(
                payment_id=payment.pk,
                amount=amount,
                reason=reason,
                operator=operator_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, error.detail)
            return
        messages.info(request, f"{amount}: {row.get_state_display()}")


@admin.register(Refund)
class RefundAdmin(AuditedAdmin):
    """Answers "what was given back, by whom and why"; asks again where nobody answered."""

    list_display = ("id", "payment_id", "amount", "state", "reason", "operator", "made_at")
    list_select_related = ("operator",)
    list_filter = ("state",)
    search_fields = ("=id", "=payment__id", "=transaction_id")
    exclude = ("request_id",)
    actions = ("ask_again",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Ask the provider again")
    def ask_again(self, request: HttpRequest, chosen: "QuerySet[Refund]") -> None:
        under_way = chosen.filter(state__in=(Refund.State.SENDING, Refund.State.UNKNOWN))
        for row in under_way.select_related("payment"):
            try:
                refunds.repeat_refund(row, now=timezone.now())
            except DomainError as error:
                messages.error(request, error.detail)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Answers "which money moved"."""

    list_display = ("id", "at", "kind", "account", "amount", "payment_id", "refund_id", "posting")
    list_filter = ("kind", "account")
    search_fields = ("=posting", "=payment__id", "payment__user__email")


@admin.register(MoneyAlarm)
class MoneyAlarmAdmin(AuditedAdmin):
    """Answers "where do money and rows disagree"."""

    list_display = ("id", "kind", "key", "detail", "payment_id", "found_at", "settled_at")
    list_filter = ("kind", ("settled_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "key", "=payment__id")
    readonly_fields = ("kind", "key", "detail", "payment", "found_at")

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """Answers "what did the provider tell us, and what did we make of it"."""

    list_display = ("id", "kind", "key", "verdict", "received_at")
    list_filter = ("kind", "verdict")
    search_fields = ("=key",)


@admin.register(PaymentCard)
class PaymentCardAdmin(ReadOnlyAdmin):
    """Answers "why is this card not charged"."""

    list_display = ("id", "user", "brand", "refusals", "rests_until", "is_barred", "removed_at")
    list_select_related = ("user",)
    list_filter = ("is_barred",)
    search_fields = ("=id", "user__email")
    exclude = ("token",)


@admin.register(TrialMark)
class TrialMarkAdmin(ReadOnlyAdmin):
    """Answers "who tried with this shop, or this number"."""

    list_display = ("kind", "value", "user", "tried_at")
    list_select_related = ("user",)
    search_fields = ("=value", "user__email")
