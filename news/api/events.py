"""Events as they happen, and those that were told lately."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from accounts.api.visits import Visit
from accounts.models import ApiKey, Membership
from accounts.selectors import open_sign_in
from cube_demper.kernel.api import CodeField
from news import selectors
from news.places import Place
from news.seats import SEATS
from news.services.streams import Following, Stream

_STREAM = "text/event-stream"


class EventStreamRenderer(JSONRenderer):
    """Says that streams are spoken here. The stream itself is no document to be rendered."""

    media_type = _STREAM
    format = "events"


class EventStreamView(APIView):
    renderer_classes = (JSONRenderer, EventStreamRenderer)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "Last-Event-ID",
                str,
                OpenApiParameter.HEADER,
                description="The `id` of the last event that arrived: go on behind it.",
            )
        ],
        responses={(200, _STREAM): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        """Your events as they happen, as Server-Sent Events.

        Starts with what happens from now on, or behind `Last-Event-ID`. Ends by itself after some
        minutes: come back with the last id. A line with a colon only says that we are still here.
        Three streams for one seller at most; `GET /events/recent` needs none.
        """
        last_id, seller, visit = request.headers.get("Last-Event-ID"), caller(request), request.auth
        place = Place.read(last_id) if last_id else selectors.present()
        if request.method == "HEAD":
            return HttpResponse(content_type=_STREAM)
        seat = SEATS.take(seller.pk, most=settings.EVENT_STREAMS, now=timezone.now())
        following = Following(seller, place, settings.EVENT_STREAM_S, partial(_stands, visit))
        return StreamingHttpResponse(
            Stream(following, seat),
            content_type=_STREAM,
            # The second one is for a proxy of the kind of nginx, which would gather lines.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _stands(visit: object) -> bool:
    """Whether what let this request in would let it in now."""
    if not isinstance(visit, Visit):
        return False
    if visit.membership is not None:
        joined = Membership.objects.across_users(reason="a helper may have been sent away")
        if not joined.filter(pk=visit.membership.pk, seller__is_active=True).exists():
            return False
    if visit.key is not None:
        keys = ApiKey.objects.across_users(reason="a key may have been revoked")
        own = keys.filter(pk=visit.key.pk, revoked_at=None, user__is_active=True)
        return bool(own.exists())
    return visit.sign_in is not None and (
        open_sign_in(visit.sign_in.pk, now=timezone.now()) is not None
    )


class EventOutput(serializers.Serializer[Any]):
    """One event. What stands in ``payload`` depends on its kind."""

    id = serializers.IntegerField()
    event_id = serializers.CharField(source="place", help_text="What `Last-Event-ID` takes.")
    kind = CodeField()
    told_at = serializers.DateTimeField()
    payload = serializers.DictField()


class RecentEventsView(OwnRowsView):
    """What you were told lately, the newest first. For whoever asks instead of listening."""

    serializer_class = EventOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.recent_events(self.seller)
