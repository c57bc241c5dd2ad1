from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from typing_extensions import override

from accounts.errors import TooManyTries, TriesUncounted
from accounts.models import AuditEntry, User
from accounts.origin import address_of
from accounts.services import tries
from cube_demper.kernel.admin import ReadOnlyAdmin

admin.site.unregister(Group)  # roles are ours: USER and ADMIN
# Their pages would show refresh tokens that still open an account.
admin.site.unregister([BlacklistedToken, OutstandingToken])


class CountedAuthenticationForm(AdminAuthenticationForm):
    """The admin's own login, which may be tried as often as the API's."""

    @override
    def clean(self) -> Any:
        now = timezone.now()
        address = address_of(self.request) if self.request else None
        email = self.cleaned_data.get("username") or ""
        buckets = tries.login_buckets(email=email, address=address, known_as="")
        try:
            with tries.paid(buckets, now=now):
                return super().clean()
        except (TooManyTries, TriesUncounted) as error:
            raise ValidationError(error.detail) from None


admin.site.login_form = CountedAuthenticationForm


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


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "action", "subject", "subject_id", "actor_email", "key_prefix")
    list_select_related = ("user",)
    list_filter = ("action",)
    search_fields = ("=subject_id", "=actor_email", "=request_id", "=user__id")
    raw_id_fields = ("user", "actor")
