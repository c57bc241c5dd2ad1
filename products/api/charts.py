"""A product's prices over time, as series for plotting or as a drawing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import caller
from cube_demper.kernel.api import PngRenderer, ReadyRenderer, TiynField
from products.chart import Line, Point, blank, draw
from products.picture import png
from products.pricing.hours import ALMATY
from products.services.charts import MOST_DAYS, Chart, chart_of


class _Words(NamedTuple):
    """What a drawing says."""

    title: str
    nothing: str
    ours: str
    rival: str
    floor: str
    ceiling: str


_WORDS: Mapping[str, _Words] = {
    "ru": _Words(
        "История цены", "Пока нет данных", "Наша цена", "Дешевле всех", "Минимум", "Максимум"
    ),
    "kk": _Words(
        "Баға тарихы", "Әзірге дерек жоқ", "Біздің баға", "Ең арзаны", "Минимум", "Максимум"
    ),
    "en": _Words("Price history", "Nothing yet", "Our price", "Cheapest rival", "Floor", "Ceiling"),
}


class ChartQuery(serializers.Serializer[Any]):
    """How many days back, and in which language a drawing is labelled."""

    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=7)
    lang = serializers.ChoiceField(choices=[*_WORDS], default="ru")


class ChartPointOutput(serializers.Serializer[Any]):
    """From then on, this price; null where there was none."""

    at = serializers.DateTimeField()
    price_tiyn = TiynField(allow_null=True)

    @override
    def to_representation(self, instance: Point) -> dict[str, Any]:
        at, price = instance
        return super().to_representation({"at": at, "price_tiyn": price})


class ChartOutput(serializers.Serializer[Any]):
    """Prices as steps, thinned: extremes stay, what a screen would not show is left out.

    ``rival`` is the cheapest offer of any other shop, as far back as offers are kept; ``floor`` and
    ``ceiling`` are the bounds that decisions were made in.
    """

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    ours = ChartPointOutput(many=True)
    rival = ChartPointOutput(many=True)
    floor = ChartPointOutput(many=True)
    ceiling = ChartPointOutput(many=True)


class SvgRenderer(ReadyRenderer):
    media_type = "image/svg+xml"
    format = "svg"
    charset = "utf-8"


class ChartView(APIView):
    renderer_classes = (JSONRenderer, SvgRenderer, PngRenderer)

    @extend_schema(
        parameters=[ChartQuery],
        responses={
            (200, "application/json"): ChartOutput,
            (200, SvgRenderer.media_type): OpenApiTypes.STR,
            (200, PngRenderer.media_type): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, product_id: int) -> Response:
        """Our price, the cheapest rival, floor and ceiling over some days: as series, SVG or PNG.

        `?format=` chooses, or the `Accept` header. A picture is white and twice as large as the
        drawing, for messengers.
        """
        query = ChartQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        days, language = query.validated_data["days"], query.validated_data["lang"]
        chart = chart_of(user=caller(request), product_id=product_id, days=days, now=timezone.now())
        if request.accepted_renderer.format == "json":
            return Response(ChartOutput(chart).data)
        drawn = _drawn(chart, _WORDS[language])
        is_picture = request.accepted_renderer.format == PngRenderer.format
        return Response(png(drawn) if is_picture else drawn)


def _drawn(chart: Chart, words: _Words) -> str:
    lines = [
        Line(words.ours, "#1d9a6c", chart.ours),
        Line(words.rival, "#d9534f", chart.rival),
        Line(words.floor, "#8888", chart.floor),
        Line(words.ceiling, "#8888", chart.ceiling),
    ]
    drawn = draw(lines, until=chart.until, title=words.title, zone=ALMATY)
    return drawn or blank(words.nothing)
