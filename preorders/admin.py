from django.contrib import admin

from cube_demper.kernel.admin import ReadOnlyAdmin
from preorders.models import Preorder


@admin.register(Preorder)
class PreorderAdmin(ReadOnlyAdmin):
    """Answers "what became of this preorder, and why"."""

    list_display = (
        *("id", "product", "point_id", "days", "shown_days", "state", "reason", "ending"),
        *("starts_at", "ends_at", "state_at"),
    )
    list_select_related = ("product",)
    list_filter = ("state", "reason")
    search_fields = ("=id", "=product__id", "=product__sku")
