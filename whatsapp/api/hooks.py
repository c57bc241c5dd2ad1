"""Where gateways tell what happened. The signature is the right: nobody is asked who they are."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import PublicView
from whatsapp.services import hooks


class HookView(PublicView):
    @extend_schema(exclude=True)
    def post(self, request: Request, connection_id: UUID) -> Response:
        """Keep one event; it is taken up after this has answered."""
        hooks.receive(
            connection_id=connection_id,
            body=request.body,
            signature=request.headers.get("X-Webhook-Hmac", ""),
            now=timezone.now(),
        )
        return Response(status=204)
