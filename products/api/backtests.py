"""Rules tried on a product's past."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import AskingView, caller
from cube_demper.kernel.api import StrictIntegerField, TiynField
from products.api.reasoning import PreviewInput
from products.api.rules import WordField
from products.services.backtests import MOST_DAYS, Rivals, try_rules

_HUNDRED = 100


class BacktestInput(PreviewInput):
    """What to try, on how many days, against whom. Whatever is left out stays as it is."""

    days = StrictIntegerField(min_value=1, max_value=MOST_DAYS, default=7)
    rivals = WordField(Rivals, default=Rivals.STATIC)


class PointOutput(serializers.Serializer[Any]):
    """From then on: our price, and the cheapest of everybody else's."""

    at = serializers.DateTimeField()
    price_tiyn = TiynField(source="price", allow_null=True)
    rival_price_tiyn = TiynField(source="rival", allow_null=True)


class BacktestOutput(serializers.Serializer[Any]):
    """How the rules did. Percents are shares of the time that was seen, ``lasted_s``.

    ``profit_tiyn`` is what a piece at the average price would leave; null without stated costs.
    """

    lasted_s = serializers.SerializerMethodField()
    first_percent = serializers.SerializerMethodField()
    at_floor_percent = serializers.SerializerMethodField()
    unpublished_percent = serializers.SerializerMethodField()
    average_price_tiyn = TiynField(source="backtest.average", allow_null=True)
    profit_tiyn = TiynField(source="profit", allow_null=True)
    changes = serializers.IntegerField(source="backtest.changes")
    decisions = serializers.IntegerField(source="backtest.decisions")
    answering = serializers.SerializerMethodField()
    series = PointOutput(many=True, source="backtest.series")

    def get_lasted_s(self, tried: Any) -> int:
        return int(tried.backtest.lasted.total_seconds())

    def get_first_percent(self, tried: Any) -> float:
        return float(tried.backtest.first / _HUNDRED)

    def get_at_floor_percent(self, tried: Any) -> float:
        return float(tried.backtest.at_floor / _HUNDRED)

    def get_unpublished_percent(self, tried: Any) -> float:
        return float(tried.backtest.unpublished / _HUNDRED)

    def get_answering(self, tried: Any) -> list[str]:
        return list(tried.answering)


class BacktestView(AskingView):
    @extend_schema(request=BacktestInput, responses=BacktestOutput)
    def post(self, request: Request, product_id: int) -> Response:
        """Replay the product's last days by its rules, or by others. Nothing is written."""
        body = BacktestInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        tried = try_rules(
            user=caller(request),
            product_id=product_id,
            days=said.pop("days"),
            rivals=Rivals(said.pop("rivals")),
            changes=said,
            now=timezone.now(),
        )
        return Response(BacktestOutput(tried).data)
