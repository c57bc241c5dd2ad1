"""Pages for the person on call: sellers' connections, and what may be done with one."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from typing_extensions import override

from accounts.operations import operator_of
from cube_demper.kernel.admin import ReadOnlyAdmin
from cube_demper.kernel.errors import DomainError
from whatsapp.models import Broadcast, Connection, Message, Wish
from whatsapp.services import care, sessions
from whatsapp.services.sessions import State
from whatsapp.wording import sentence

_SAID = {
    "restart": "Its gateway is stopped and started. The login stays.",
    "rest": "Its gateway stops until somebody needs it. The login stays, and nothing comes in.",
    "forget": "Its phone is logged out, and gateway and login are removed for good.",
}
_ORDERED = "It is ordered, and done within seconds."
_SHORT_ID = 12


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Answers "whose WhatsApp is down, and why"."""

    list_display = (
        "id",
        "user",
        "state",
        "wish",
        "phase",
        "session_status",
        "container",
        "failures",
        "error",
        "error_at",
        "used_at",
    )
    list_select_related = ("user",)
    list_filter = ("wish", "phase", "session_status", "error")
    search_fields = ("=id", "user__email", "=container_id")
    ordering = ("-created_at",)
    exclude = ("api_key", "hook_key", "lid")
    readonly_fields = ("state", "container")

    @admin.display(description="state")
    def state(self, connection: Connection) -> str:
        standing = sessions.standing_of(connection, now=timezone.now())
        return sentence(standing.state)["en"]

    @admin.display(description="container")
    def container(self, connection: Connection) -> str:
        return connection.container_id[:_SHORT_ID] or "-"

    @override
    def get_urls(self) -> list[URLPattern]:
        asked = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/code.png", asked(self.code), name="whatsapp_connection_code"),
            path("<uuid:pk>/do/<slug:verb>/", asked(self.act), name="whatsapp_connection_act"),
        ]
        return [*own, *super().get_urls()]

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        connection = self.get_object(request, object_id)
        is_here = connection is not None and connection.wish != Wish.DELETED
        state = (
            sessions.standing_of(connection, now=timezone.now()).state
            if connection is not None
            else State.NOT_CONNECTED
        )
        shown = {
            "verbs": list(_SAID) if is_here else [],
            "is_to_scan": state == State.SCAN_CODE,
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def code(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The code to scan, drawn for this request: a login. ``admin_view`` forbids caches."""
        self._ask_right(request)
        connection = get_object_or_404(Connection.rows.select_related("user"), pk=pk)
        try:
            picture = sessions.qr_picture(user=connection.user, now=timezone.now())
            answer = HttpResponse(picture, content_type="image/png")
        except DomainError as error:
            answer = HttpResponse(error.detail, content_type="text/plain", status=409)
        return answer

    def act(self, request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
        """Ask whether it is meant; a POST does it."""
        self._ask_right(request)
        if verb not in _SAID:
            raise Http404
        connection = get_object_or_404(Connection.rows.select_related("user"), pk=pk)
        if request.method == "POST":
            try:
                care.act(
                    verb=verb,
                    connection=connection,
                    by=operator_of(request),
                    now=timezone.now(),
                )
            except DomainError as error:
                messages.error(request, error.detail)
            else:
                messages.success(request, _ORDERED)
            return redirect("admin:whatsapp_connection_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{verb.capitalize()} {connection}?",
            "connection": connection,
            "verb": verb,
            "said": _SAID[verb],
        }
        return render(request, "admin/whatsapp/connection/act.html", context)

    def _ask_right(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Answers "what waits, and why". What people write to each other is not shown."""

    list_display = ("id", "user", "kind", "state", "reason", "due_at", "said_at", "tries")
    list_select_related = ("user",)
    list_filter = ("state", "kind", "reason")
    search_fields = ("=id", "user__email", "=message_id", "=cause")
    ordering = ("-id",)
    exclude = ("text", "contact")


@admin.register(Broadcast)
class BroadcastAdmin(ReadOnlyAdmin):
    """Answers "who writes to many, and how far is it"."""

    list_display = ("id", "user", "state", "skipped", "created_at", "started_at", "ended_at")
    list_select_related = ("user",)
    list_filter = ("state",)
    search_fields = ("=id", "user__email")
    ordering = ("-id",)
    exclude = ("text",)
