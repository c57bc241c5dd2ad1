from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from typing_extensions import override

from cube_demper.kernel.admin import ReadOnlyAdmin
from news.models import Delivery, Event, Webhook


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Answers "what was this seller told"."""

    list_display = ("id", "told_at", "user", "kind", "payload")
    list_select_related = ("user",)
    list_filter = ("kind",)
    search_fields = ("=id", "=user__email")
    ordering = ("-id",)


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Answers "which receivers are silent". The secrets that sign are shown to nobody."""

    list_display = ("id", "user", "url", "kinds", "stopped_at", "silences", "rests_until")
    list_select_related = ("user",)
    list_filter = (("stopped_at", admin.EmptyFieldListFilter),)
    search_fields = ("=id", "=user__email", "url")
    exclude = ("signing_key", "old_signing_key")
    ordering = ("-id",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Answers "what was sent there, and what came of it"."""

    list_display = (
        *("id", "webhook_id", "event_id", "kind", "state", "tries"),
        *("tried_at", "next_try_at", "status", "failure"),
    )
    list_filter = ("state",)
    search_fields = ("=id", "=webhook__id", "=event__id")
    ordering = ("-id",)

    @override
    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).select_related("event")

    @admin.display(description="kind")
    def kind(self, delivery: Delivery) -> str:
        return delivery.event.kind
