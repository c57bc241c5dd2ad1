"""What a seller does when prices go astray: stop, answer proposals, take back."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import CodeField, Input, StrictIntegerField, TiynField
from kaspi.api.serializers import StoreOutput
from products.api.serializers import ExplanationOutput
from products.services.pausing import pause_store, resume_store
from products.services.proposals import approve, proposals_of, reject
from products.services.undo import undo_store

_MOST_HOURS = 72


class UndoInput(Input):
    """How many hours to take back."""

    hours = StrictIntegerField(min_value=1, max_value=_MOST_HOURS)


class UndoOutput(serializers.Serializer[Any]):
    """How many products go back to their price before, and how many can't by now."""

    products = serializers.IntegerField()
    left = serializers.IntegerField()


class ProposalOutput(serializers.Serializer[Any]):
    """A change that waits for a yes, and why: ``approve`` (you asked to be) or ``leap``."""

    id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    state = CodeField()
    hold = serializers.CharField()
    old_price_tiyn = TiynField(source="old_price", allow_null=True)
    price_tiyn = TiynField(source="price")
    reason = CodeField(source="decision.reason")
    explanation = ExplanationOutput(source="decision.explanation")
    decided_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(source="next_step_at")


class ProposalListView(OwnRowsView):
    """What waits for a yes, newest first."""

    serializer_class = ProposalOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return proposals_of(self.seller)


class ApproveView(APIView):
    @extend_schema(request=None, responses=ProposalOutput)
    def post(self, request: Request, product_id: int) -> Response:
        """Let the proposed price go, if the rules still allow it."""
        change = approve(user=caller(request), product_id=product_id, now=timezone.now())
        return Response(ProposalOutput(change).data)


class RejectView(APIView):
    @extend_schema(request=None, responses=ProposalOutput)
    def post(self, request: Request, product_id: int) -> Response:
        """Drop the proposed price; nothing is proposed for an hour."""
        change = reject(user=caller(request), product_id=product_id, now=timezone.now())
        return Response(ProposalOutput(change).data)


class PauseView(APIView):
    @extend_schema(request=None, responses=StoreOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Stop a store: nothing more of it is sent."""
        store = pause_store(user=caller(request), store_id=store_id, now=timezone.now())
        return Response(StoreOutput(store).data)


class ResumeView(APIView):
    @extend_schema(request=None, responses=StoreOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Let a store go on, also one that was stopped because many prices would have jumped."""
        store = resume_store(user=caller(request), store_id=store_id, now=timezone.now())
        return Response(StoreOutput(store).data)


class UndoView(APIView):
    @extend_schema(request=UndoInput, responses=UndoOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Bring a store's prices back to what they were, and leave them alone from then on.

        Its products go into the shadow until their rules say another mode.
        """
        body = UndoInput(data=request.data)
        body.is_valid(raise_exception=True)
        undone = undo_store(
            user=caller(request), store_id=store_id, **body.validated_data, now=timezone.now()
        )
        return Response(UndoOutput(undone).data)
