"""How the salesman of a store is set."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import caller
from ai.api.serializers import LowerChoiceField
from ai.models import Tone
from ai.models.salesmen import DAY_MINUTES
from ai.services import salesmen
from cube_demper.kernel.api import CodeField, Input, StrictIntegerField
from products.api.serializers import StrictBooleanField

_LONGEST_DELAY_S = 300
_MOST_A_DAY = 500


class SalesmanInput(Input):
    """What is named is set. Times are minutes of the day in Almaty."""

    is_on = StrictBooleanField(required=False)
    tone = LowerChoiceField(Tone.values, required=False)
    opens_at = StrictIntegerField(required=False, min_value=0, max_value=DAY_MINUTES - 1)
    closes_at = StrictIntegerField(required=False, min_value=1, max_value=DAY_MINUTES)
    delay_s = StrictIntegerField(required=False, min_value=2, max_value=_LONGEST_DELAY_S)
    most_a_day = StrictIntegerField(required=False, min_value=0, max_value=_MOST_A_DAY)


class SalesmanOutput(serializers.Serializer[Any]):
    """How the salesman answers buyers in WhatsApp about a store's goods.

    It waits ``delay_s`` for somebody to go on writing. ``most_a_day`` counts its answers to all of
    the seller's buyers; where several stores are on, the first one's manner holds.
    """

    store_id = serializers.IntegerField()
    is_on = serializers.BooleanField()
    tone = CodeField()
    opens_at = serializers.IntegerField()
    closes_at = serializers.IntegerField()
    delay_s = serializers.IntegerField()
    most_a_day = serializers.IntegerField()


class SalesmanView(APIView):
    @extend_schema(responses=SalesmanOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """How the salesman of a store is set; off unless you switched it on."""
        found = salesmen.salesman_of(user=caller(request), store_id=store_id)
        return Response(SalesmanOutput(found).data)

    @extend_schema(request=SalesmanInput, responses=SalesmanOutput)
    def patch(self, request: Request, store_id: int) -> Response:
        """Switch it on or off, and set its hours, tone, delay and number of answers a day."""
        body = SalesmanInput(data=request.data)
        body.is_valid(raise_exception=True)
        changed = salesmen.change(
            user=caller(request),
            store_id=store_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return Response(SalesmanOutput(changed).data)
