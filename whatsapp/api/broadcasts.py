"""One text to many people."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import CodeField, Input, StrictCharField
from products.api.serializers import StrictBooleanField
from whatsapp import selectors
from whatsapp.models import Broadcast, BroadcastState
from whatsapp.services import broadcasts


class BroadcastInput(Input):
    """To whom, and what. ``has_consent`` says that each of them agreed to be written to."""

    name = StrictCharField(max_length=100)
    text = StrictCharField(max_length=10_000)
    to = serializers.ListField(
        child=StrictCharField(max_length=40), min_length=1, max_length=broadcasts.MOST_RECIPIENTS
    )
    has_consent = StrictBooleanField()


class BroadcastOutput(serializers.ModelSerializer[Broadcast]):
    """A broadcast. ``skipped`` opted out or were named twice."""

    state = CodeField()

    class Meta:
        model = Broadcast
        fields = ("id", "name", "text", "state", "skipped", "created_at", "started_at", "ended_at")


class ProgressOutput(serializers.Serializer[Any]):
    """How many messages there are, and in which states; ``takes_s`` is for the rest, at best."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    takes_s = serializers.IntegerField()
    by_state = serializers.DictField(child=serializers.IntegerField())


class WholeBroadcastOutput(BroadcastOutput):
    progress = ProgressOutput()

    class Meta(BroadcastOutput.Meta):
        fields = (*BroadcastOutput.Meta.fields, "progress")  # type: ignore[assignment]  # one more


class BroadcastListView(OwnRowsView):
    """The seller's broadcasts, newest first."""

    serializer_class = BroadcastOutput

    @override
    def get_queryset(self) -> Any:
        return selectors.broadcasts_of(self.seller)

    @extend_schema(request=BroadcastInput, responses={201: WholeBroadcastOutput})
    def post(self, request: Request) -> Response:
        """Write one down and see what it would be: nothing goes before it is started."""
        body = BroadcastInput(data=request.data)
        body.is_valid(raise_exception=True)
        row = broadcasts.draft(user=self.seller, **body.validated_data, now=timezone.now())
        return Response(_whole(row), status=201)


class BroadcastView(APIView):
    @extend_schema(responses=WholeBroadcastOutput)
    def get(self, request: Request, broadcast_id: int) -> Response:
        """One broadcast, and how far it is."""
        return Response(_whole(selectors.broadcast_of(caller(request), broadcast_id=broadcast_id)))


class _MoveView(APIView):
    to: BroadcastState

    def _moved(self, request: Request, broadcast_id: int) -> Response:
        row = broadcasts.move(
            user=caller(request), broadcast_id=broadcast_id, to=self.to, now=timezone.now()
        )
        return Response(_whole(row))


class StartView(_MoveView):
    to = BroadcastState.RUNNING

    @extend_schema(request=None, responses=WholeBroadcastOutput)
    def post(self, request: Request, broadcast_id: int) -> Response:
        """Begin it, or go on where it was paused."""
        return self._moved(request, broadcast_id)


class PauseView(_MoveView):
    to = BroadcastState.PAUSED

    @extend_schema(request=None, responses=WholeBroadcastOutput)
    def post(self, request: Request, broadcast_id: int) -> Response:
        """Hold it: what is being typed still goes, nothing else begins."""
        return self._moved(request, broadcast_id)


class EndView(_MoveView):
    to = BroadcastState.ENDED

    @extend_schema(request=None, responses=WholeBroadcastOutput)
    def post(self, request: Request, broadcast_id: int) -> Response:
        """End it; what has not gone is dropped."""
        return self._moved(request, broadcast_id)


def _whole(row: Broadcast) -> Any:
    progress = broadcasts.progress_of(row)
    by_state = {state.lower(): count for state, count in progress.by_state.items()}
    told = {
        "total": progress.total,
        "waiting": progress.waiting,
        "takes_s": progress.takes_s,
        "by_state": by_state,
    }
    return {**BroadcastOutput(row).data, "progress": told}
