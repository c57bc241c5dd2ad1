from django.contrib import admin

from cube_demper.kernel.admin import ReadOnlyAdmin
from kaspi.models import Job, Login, PriceList, Session, Store


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    """Answers "which stores stand still, and why"."""

    list_display = (
        "name",
        "merchant_id",
        "user",
        "channel",
        "session_state",
        "attention",
        "attention_until",
        "is_paused",
        "synced_at",
    )
    list_select_related = ("user", "session")
    list_filter = ("attention", "channel", "session__state", "is_paused")
    search_fields = ("=id", "=merchant_id", "name", "user__email")

    @admin.display(description="session", ordering="session__state")
    def session_state(self, store: Store) -> str:
        return store.session.get_state_display() if store.session else "-"


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "state", "version", "connected_at", "renewed_at")
    list_select_related = ("user",)
    list_filter = ("state",)
    search_fields = ("=id", "user__email")
    exclude = ("jar",)


@admin.register(Login)
class LoginAdmin(ReadOnlyAdmin):
    """Answers "why can't this seller connect"."""

    list_display = ("id", "user", "state", "reason", "retry_at", "started_at", "finished_at")
    list_select_related = ("user",)
    list_filter = ("state", "reason")
    search_fields = ("=id", "user__email")
    exclude = ("password", "answer")


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
