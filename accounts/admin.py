from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from typing_extensions import override

from accounts.errors import TooManyTries, TriesUncounted
from accounts.models import AuditEntry, Operation, User
from accounts.operations import AuditedAdmin, operator_of
from accounts.origin import address_of
from accounts.services import blocking, tries
from cube_demper.kernel.admin import ReadOnlyAdmin

_BEAT = "django_celery_beat"  # the timetable: its pages come with it

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

for model in filter(admin.site.is_registered, apps.get_app_config(_BEAT).get_models()):
    page = type(admin.site.get_model_admin(model))
    admin.site.unregister(model)
    admin.site.register(model, type(f"Audited{page.__name__}", (AuditedAdmin, page), {}))


@admin.register(User)
class UserAdmin(AuditedAdmin):
    list_display = ("email", "name", "role", "is_active", "joined_at", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("=id", "email", "name")
    fields = ("email", "name", "role", "is_active", "joined_at", "last_login")
    readonly_fields = ("email", "joined_at", "last_login")

    @override
    def has_add_permission(self, request: object) -> bool:
        return False  # accounts are opened by their owners, or by `manage.py create_operator`

    @override
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            turn = blocking.unblock if obj.is_active else blocking.block
            turn(user=obj, by=operator_of(request), now=timezone.now())


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "action", "subject", "subject_id", "actor_email", "key_prefix")
    list_select_related = ("user",)
    list_filter = ("action",)
    search_fields = ("=subject_id", "=actor_email", "=request_id", "=user__id")
    raw_id_fields = ("user", "actor")


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """Answers "who of us did that to the house"."""

    list_display = ("at", "action", "subject", "subject_id", "actor_email")
    list_filter = ("action",)
    search_fields = ("=subject_id", "=actor_email", "=request_id")
    raw_id_fields = ("actor",)
