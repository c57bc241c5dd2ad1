"""Where the provider tells us of payments. The signature is the right to speak."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import PublicView
from billing.ports import NotificationKind
from billing.services import notifications
from billing.services.notifications import Delivery


class WebhookView(PublicView):
    """One address for each kind: the kind does not stand in the body."""

    kind = NotificationKind.PAY

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Take up one notification; what follows is committed when this answers."""
        body = request.body  # as it came: reading it as a form first would lose it
        delivery = Delivery(
            kind=self.kind,
            body=body,
            content_type=request.content_type or "",
            content_hmac=request.headers.get("Content-HMAC"),
            x_content_hmac=request.headers.get("X-Content-HMAC"),
        )
        answer = notifications.receive(delivery, now=timezone.now())
        return Response({"code": int(answer)})
