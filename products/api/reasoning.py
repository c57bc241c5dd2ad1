"""A decision with everything it was made of: recorded ones, and what would be decided now."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import AskingView, caller
from cube_demper.kernel.api import CodeField, Input, TiynField
from products.api.rules import SheetSerializer
from products.api.serializers import DecisionOutput, ExplanationOutput, PriceInput
from products.models import DecisionRecord
from products.pricing.model import Decision
from products.services.reasoning import (
    Reasoning,
    latest_decision,
    preview,
    recorded_decision,
    replay,
)


class PreviewInput(Input):
    """What to try: whatever is left out stays as it is. Nothing is written."""

    floor_tiyn = PriceInput(required=False, source="floor")
    ceiling_tiyn = PriceInput(required=False, source="ceiling")
    step_tiyn = TiynField(required=False, source="step")
    rules = SheetSerializer(required=False)


class OfferOutput(serializers.Serializer[Any]):
    """Somebody's offer; ``rating`` in stars."""

    merchant_id = serializers.CharField()
    name = serializers.CharField()
    price_tiyn = TiynField(source="price")
    rating = serializers.SerializerMethodField()
    reviews = serializers.IntegerField()
    delivery = CodeField(allow_null=True)
    preorder_days = serializers.IntegerField()
    by_kaspi = serializers.BooleanField()

    def get_rating(self, offer: Any) -> float | None:
        return None if offer.rating is None else offer.rating / 100


class LeftOutOutput(serializers.Serializer[Any]):
    """An offer that did not compete, and why."""

    offer = OfferOutput()
    why = CodeField()


class ClampOutput(serializers.Serializer[Any]):
    """A bound that moved the price, from here to there."""

    bound = CodeField()
    before_tiyn = TiynField(source="before")
    after_tiyn = TiynField(source="after")


class ReasoningOutput(serializers.Serializer[Any]):
    """How a price came about. Where nothing is published, only the reason and the offers."""

    price_tiyn = TiynField(source="price", allow_null=True)
    reason = CodeField(source="decision.reason")
    explanation = ExplanationOutput()
    position = serializers.IntegerField(allow_null=True)
    aim_tiyn = TiynField(source="aim", allow_null=True)
    clamps = ClampOutput(many=True)
    floor_tiyn = TiynField(source="legal.floor")
    ceiling_tiyn = TiynField(source="legal.ceiling")
    rivals = OfferOutput(many=True)
    left_out = LeftOutOutput(many=True)


class RecordedOutput(serializers.Serializer[Any]):
    """A recorded decision, and the same made again from its record; none for one by hand."""

    decision = DecisionOutput()
    reasoning = ReasoningOutput(allow_null=True)


class DecisionView(APIView):
    @extend_schema(responses=RecordedOutput)
    def get(self, request: Request, product_id: int, decision_id: int) -> Response:
        """One decision, made again from its record: rivals, bounds, arithmetic."""
        record = recorded_decision(
            user=caller(request), product_id=product_id, decision_id=decision_id
        )
        return _told(record)


class ExplainView(APIView):
    @extend_schema(responses=RecordedOutput)
    def get(self, request: Request, product_id: int) -> Response:
        """Why the price is what it is: the latest decision, made again from its record."""
        return _told(latest_decision(user=caller(request), product_id=product_id))


class PreviewView(AskingView):
    @extend_schema(request=PreviewInput, responses=ReasoningOutput)
    def post(self, request: Request, product_id: int) -> Response:
        """Say what would be decided now among the offers last seen. Nothing is written."""
        body = PreviewInput(data=request.data)
        body.is_valid(raise_exception=True)
        found = preview(
            user=caller(request),
            product_id=product_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return Response(document_of(found))


def _told(record: DecisionRecord) -> Response:
    again = replay(record)
    reasoning = None if again is None else document_of(again)
    return Response({"decision": DecisionOutput(record).data, "reasoning": reasoning})


def document_of(found: Reasoning) -> Any:
    """The reasoning as the API says it."""
    priced = found.decision if isinstance(found.decision, Decision) else None
    return ReasoningOutput(
        {
            "price": found.price,
            "decision": found.decision,
            "explanation": found.explanation,
            "position": priced.position if priced else None,
            "aim": priced.aim if priced else None,
            "clamps": priced.clamps if priced else (),
            "legal": found.legal,
            "rivals": found.rivals,
            "left_out": [{"offer": offer, "why": why} for offer, why in found.left_out],
        }
    ).data
