"""Webhooks, and what was sent to them."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnersView, OwnRowsView, caller
from cube_demper.kernel.api import CodeField, Input, StrictCharField
from news.clients.post import Guard
from news.models import ABOUT_WEBHOOKS, EventKind, Webhook
from news.services import rotation, trials, webhooks
from news.services.webhooks import Wish

_KINDS = [kind.value.lower() for kind in EventKind if kind not in ABOUT_WEBHOOKS]


class WebhookInput(Input):
    """Where to send, and what: without ``kinds``, everything."""

    url = StrictCharField(max_length=500)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(_KINDS), max_length=len(_KINDS), required=False
    )

    def validate_kinds(self, kinds: list[str]) -> list[str]:
        return sorted({kind.upper() for kind in kinds})


class WebhookChange(WebhookInput):
    """What to change of it."""

    url = StrictCharField(max_length=500, required=False)
    is_stopped = serializers.BooleanField(required=False)


class WebhookOutput(serializers.Serializer[Any]):
    """A webhook. ``stopped_at`` is by its seller, or because nothing was taken for a day."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=CodeField())
    made_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    rests_until = serializers.DateTimeField(allow_null=True)


class NewWebhookOutput(WebhookOutput):
    """The only answers that ever hold the secret that signs."""

    signing_secret = serializers.CharField()

    @override
    def to_representation(self, instance: Webhook) -> dict[str, Any]:
        return {**WebhookOutput(instance).data, "signing_secret": instance.signing_key.reveal()}


class DeliveryOutput(serializers.Serializer[Any]):
    """One event on its way. ``status`` and ``failure`` are of the last try."""

    id = serializers.IntegerField()
    event_id = serializers.IntegerField()
    kind = CodeField(source="event.kind")
    state = CodeField()
    tries = serializers.IntegerField()
    next_try_at = serializers.DateTimeField()
    tried_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    failure = serializers.CharField(allow_blank=True)


class WebhookListView(OwnersView, OwnRowsView):
    """Where your events are sent."""

    serializer_class = WebhookOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return webhooks.webhooks_of(self.seller)

    @extend_schema(request=WebhookInput, responses={201: NewWebhookOutput})
    def post(self, request: Request) -> Response:
        """Send events to an address. The secret that signs them is shown now and never again."""
        body = WebhookInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = webhooks.make_webhook(
            user=caller(request),
            **{"kinds": [], **body.validated_data},
            guard=guard(),
            now=timezone.now(),
        )
        return Response(NewWebhookOutput(made).data, status=status.HTTP_201_CREATED)


class WebhookView(OwnersView):
    @extend_schema(responses=WebhookOutput)
    def get(self, request: Request, webhook_id: int) -> Response:
        """One of your webhooks."""
        found = webhooks.webhook_of(caller(request), webhook_id=webhook_id)
        return Response(WebhookOutput(found).data)

    @extend_schema(request=WebhookChange, responses=WebhookOutput)
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change where or what is sent, stop it, or let it go on."""
        body = WebhookChange(data=request.data)
        body.is_valid(raise_exception=True)
        changed = webhooks.change_webhook(
            user=caller(request),
            webhook_id=webhook_id,
            wish=Wish(**body.validated_data),
            guard=guard(),
            now=timezone.now(),
        )
        return Response(WebhookOutput(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Send nothing there any more."""
        webhooks.remove_webhook(user=caller(request), webhook_id=webhook_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookTestView(OwnersView):
    @extend_schema(request=None, responses={202: DeliveryOutput})
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send a `webhook_test`, once and to this webhook alone; its deliveries tell what came."""
        sent = trials.send_test(user=caller(request), webhook_id=webhook_id, now=timezone.now())
        return Response(DeliveryOutput(sent).data, status=status.HTTP_202_ACCEPTED)


class WebhookSecretView(OwnersView):
    @extend_schema(request=None, responses=NewWebhookOutput)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Make a new secret, shown now and never again. The old one signs beside it for a day."""
        rotated = rotation.rotate_secret(
            user=caller(request), webhook_id=webhook_id, now=timezone.now()
        )
        return Response(NewWebhookOutput(rotated).data)


class DeliveryListView(OwnRowsView):
    """What was sent to a webhook or waits to be, the newest first."""

    serializer_class = DeliveryOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return webhooks.deliveries_of(self.seller, webhook_id=self.kwargs.get("webhook_id", 0))


def guard() -> Guard:
    """Where may be sent to on this machine."""
    return Guard(is_local=settings.WEBHOOKS_GO_ANYWHERE)
