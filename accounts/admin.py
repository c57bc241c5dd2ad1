from django.contrib import admin
from django.contrib.auth.models import Group
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from typing_extensions import override

from accounts.models import User

admin.site.unregister(Group)  # roles are ours: USER and ADMIN
# Their pages would show refresh tokens that still open an account.
admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    list_display = ("email", "name", "role", "is_active", "joined_at", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("=id", "email", "name")
    fields = ("email", "name", "role", "is_active", "joined_at", "last_login")
    readonly_fields = ("email", "joined_at", "last_login")
    show_full_result_count = False

    @override
    def has_add_permission(self, request: object) -> bool:
        return False  # accounts are opened by their owners, or by `manage.py create_operator`
