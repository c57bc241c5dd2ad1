"""Who sells beside a seller's product, who of them counts, and how they use to answer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from cube_demper.kernel.api import CodeField, TiynField
from products.api.reasoning import OfferOutput
from products.services.rivals import rivals_of


class FingerprintOutput(serializers.Serializer[Any]):
    """How a rival answered us in the last two weeks, told from public offers.

    ``moves`` answers were seen, after ``reaction_s`` and ``step_tiyn`` below us (medians), at these
    ``hours`` of Almaty; ``floor_tiyn`` where it let a lower price of ours stand, null unknown.
    """

    moves = serializers.IntegerField()
    reaction_s = serializers.SerializerMethodField()
    step_tiyn = TiynField(source="step")
    hours = serializers.SerializerMethodField()
    floor_tiyn = TiynField(source="floor", allow_null=True)

    def get_reaction_s(self, habits: Any) -> int:
        return int(habits.reaction.total_seconds())

    def get_hours(self, habits: Any) -> list[int]:
        return sorted(habits.hours)


class SeenOutput(serializers.Serializer[Any]):
    """An offer, whether it counts, and if not, why; ``own`` for the seller's shops."""

    offer = OfferOutput()
    counts = serializers.SerializerMethodField()
    why = CodeField(allow_null=True)
    fingerprint = FingerprintOutput(source="habits", allow_null=True)

    def get_counts(self, seen: Any) -> bool:
        return seen.why is None


class RivalsOutput(serializers.Serializer[Any]):
    """Everybody on the card as last seen, the cheapest first."""

    looked_at = serializers.DateTimeField(allow_null=True)
    offers = SeenOutput(many=True)


class RivalsView(APIView):
    @extend_schema(responses=RivalsOutput)
    def get(self, request: Request, product_id: int) -> Response:
        """Who sells beside this product: who counts, who is left out and why, and their habits."""
        found = rivals_of(user=caller(request), product_id=product_id, now=timezone.now())
        return Response(RivalsOutput(found).data)
