"""How the admin pages of every app leave what an operator did in the audit."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override

from accounts.models import User
from accounts.services import audit

_HIDDEN = "…"
Action = Callable[[Any, HttpRequest, Any], Any]


def operator_of(request: HttpRequest) -> User:
    """Whoever acts. The admin's door has let in nobody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """Rows that operators change. Every page for changing something is one of these.

    What a page saves or deletes, and that an action was run, is recorded by itself.
    """

    show_full_result_count = False

    def _note(
        self, request: HttpRequest, what: str, row: Any, changes: audit.Changes | None = None
    ) -> None:
        """Record that an operator did this to a row. Runs in the transaction of doing it."""
        subject = self.opts.model_name or ""
        audit.record_operation(
            by=operator_of(request),
            of=row if isinstance(row, User) else None,
            action=f"{subject}.{what}",
            subject=subject,
            subject_id=row.pk,
            changes=changes,
            now=timezone.now(),
        )

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self._note(request, "changed" if change else "added", obj, _changes(form))

    @override
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._note(request, "deleted", obj, {"name": (str(obj), None)})
            super().delete_model(request, obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> None:
        with transaction.atomic():
            for row in queryset:
                self._note(request, "deleted", row, {"name": (str(row), None)})
            super().delete_queryset(request, queryset)

    @override
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        for name, (run, _, description) in actions.items():
            if name != "delete_selected":  # which deletes as above
                actions[name] = (self._noted(run, name), name, description)
        return actions

    def _noted(self, run: Action, name: str) -> Action:
        def noted(page: Any, request: HttpRequest, chosen: "models.QuerySet[Any]") -> Any:
            with transaction.atomic():
                for row in chosen:
                    self._note(request, name.replace("_", "-"), row)
                return run(page, request, chosen)

        return noted


def _changes(form: Any) -> dict[str, tuple[Any, Any]]:
    """From what to what, by field; what is typed unseen is never written down."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name in form.changed_data:
        if isinstance(form.fields[name].widget, forms.PasswordInput):
            changes[name] = ("", _HIDDEN)
        else:
            changes[name] = (form.initial.get(name), form.cleaned_data[name])
    return changes
