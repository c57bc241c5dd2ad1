"""A seller's WhatsApp session: connect, scan, follow, leave."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import OwnersView, caller
from cube_demper.kernel.api import Input, PngRenderer, ReadyRenderer
from products.api.serializers import ExplanationOutput
from whatsapp import wording
from whatsapp.errors import NotConnected
from whatsapp.models import Connection
from whatsapp.services import connections, sessions
from whatsapp.services.sessions import Standing, State

_NEVER_KEPT = {"Cache-Control": "no-store, private", "Pragma": "no-cache"}
_STATES = [state.value for state in State]


class WhatsAppOutput(serializers.Serializer[Any]):
    """How the seller's WhatsApp is. ``until``: it will be so until then. ``error`` is a code."""

    state = serializers.ChoiceField(choices=_STATES)
    explanation = ExplanationOutput()
    until = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    phone = serializers.CharField()
    name = serializers.CharField()


class CodeOutput(serializers.Serializer[Any]):
    """The code to scan as text: whoever shows it draws it. It is replaced within a minute."""

    value = serializers.CharField()


class PairingInput(Input):
    """The phone on which the code will be typed, with its country code."""

    phone = serializers.RegexField(r"^\+?[0-9]{10,15}$")


class PairingOutput(serializers.Serializer[Any]):
    """What to type on the phone: WhatsApp → Linked devices → Link with phone number."""

    code = serializers.CharField()


class SessionView(OwnersView):
    @extend_schema(responses=WhatsAppOutput)
    def get(self, request: Request) -> Response:
        """How the seller's WhatsApp is."""
        now = timezone.now()
        try:
            connection = connections.connection_of(caller(request))
        except NotConnected:
            return Response(_said(Standing(State.NOT_CONNECTED)))
        sessions.look(connection, now=now)
        return Response(_of(connection))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Log the phone out and forget the connection."""
        connections.disconnect(user=caller(request), now=timezone.now())
        return Response(status=204)


class ConnectView(OwnersView):
    @extend_schema(request=None, responses={202: WhatsAppOutput})
    def post(self, request: Request) -> Response:
        """Connect WhatsApp, or bring a connection back. Then ask for the code to scan."""
        connection = connections.connect(user=caller(request), now=timezone.now())
        return Response(_of(connection), status=202)


class RawRenderer(ReadyRenderer):
    media_type = "text/plain"
    format = "raw"
    charset = "utf-8"


class CodeView(OwnersView):
    """The code is a login: only owners see it, and nothing keeps it."""

    is_secret = True
    renderer_classes = (JSONRenderer, PngRenderer, RawRenderer)

    @extend_schema(
        responses={
            (200, "application/json"): CodeOutput,
            (200, PngRenderer.media_type): OpenApiTypes.BINARY,
            (200, RawRenderer.media_type): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> Response:
        """The code to scan, as of now. Ask again every few seconds: it is replaced.

        `?format=` chooses between `json`, `png` and `raw`, or the `Accept` header does.
        """
        user, now = caller(request), timezone.now()
        wanted = request.accepted_renderer.format
        if wanted == PngRenderer.format:
            said: Any = sessions.qr_picture(user=user, now=now)
        else:
            value = sessions.qr_text(user=user, now=now)
            said = value if wanted == RawRenderer.format else {"value": value}
        return Response(said, headers=_NEVER_KEPT)


class PairingView(OwnersView):
    @extend_schema(request=PairingInput, responses=PairingOutput)
    def post(self, request: Request) -> Response:
        """Ask for a code to type on the phone instead of scanning a picture."""
        body = PairingInput(data=request.data)
        body.is_valid(raise_exception=True)
        phone = body.validated_data["phone"].removeprefix("+")
        code = sessions.pairing_code(user=caller(request), phone=phone, now=timezone.now())
        return Response({"code": code}, headers=_NEVER_KEPT)


class LogOutView(OwnersView):
    @extend_schema(request=None, responses={202: WhatsAppOutput})
    def post(self, request: Request) -> Response:
        """Log this phone out, so that another one may be connected."""
        connection = sessions.log_out(user=caller(request), now=timezone.now())
        return Response(_of(connection), status=202)


def _of(connection: Connection) -> dict[str, Any]:
    standing = sessions.standing_of(connection, now=timezone.now())
    return _said(standing, phone=connection.phone, name=connection.push_name)


def _said(standing: Standing, *, phone: str = "", name: str = "") -> dict[str, Any]:
    said = {
        "state": standing.state,
        "explanation": wording.sentence(standing.state),
        "until": standing.until,
        "error": standing.error,
        "phone": phone,
        "name": name,
    }
    return dict(WhatsAppOutput(said).data)
