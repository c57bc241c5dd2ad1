"""Corridors by city, beside the product's own."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import caller
from cube_demper.kernel.api import CodeField, Input, TiynField
from products.api.lists import product_response
from products.api.serializers import PriceInput, ProductOutput
from products.pricing.model import Corridor
from products.services.cities import cities_of, price_city, release_city
from products.services.newcomers import DEFAULT_STEP


class CityCorridorInput(Input):
    """A corridor for one city. Its rules are the product's, unless it gets some of its own."""

    floor_tiyn = PriceInput(source="floor")
    ceiling_tiyn = PriceInput(source="ceiling")
    step_tiyn = TiynField(required=False, source="step")

    @override
    def validate(self, attrs: Any) -> Corridor:
        if attrs["floor"] > attrs["ceiling"]:
            raise serializers.ValidationError("The floor is above the ceiling.")
        return Corridor(attrs["floor"], attrs["ceiling"], attrs.get("step", DEFAULT_STEP))


class CityPriceOutput(serializers.Serializer[Any]):
    """A product in one city. Without ``product_id`` it follows the product's own price there."""

    city_id = serializers.CharField()
    name = serializers.CharField()
    price_tiyn = TiynField(source="price", allow_null=True)
    product_id = serializers.IntegerField(source="product.id", default=None, allow_null=True)
    floor_tiyn = TiynField(source="product.floor", default=None, allow_null=True)
    ceiling_tiyn = TiynField(source="product.ceiling", default=None, allow_null=True)
    step_tiyn = TiynField(source="product.step", default=None, allow_null=True)
    wanted_price_tiyn = TiynField(source="product.wanted_price", default=None, allow_null=True)
    reason = CodeField(source="product.reason", default="")
    position = serializers.IntegerField(source="product.position", default=None, allow_null=True)


class CityListView(APIView):
    @extend_schema(responses=CityPriceOutput(many=True))
    def get(self, request: Request, product_id: int) -> Response:
        """The cities that a product is sold in, its store's first."""
        cities = cities_of(user=caller(request), product_id=product_id)
        return Response(CityPriceOutput(cities, many=True).data)


class CityView(APIView):
    @extend_schema(request=CityCorridorInput, responses=ProductOutput)
    def put(self, request: Request, product_id: int, city_id: str) -> HttpResponse:
        """Give a city a corridor of its own: a product with rules, history and preview."""
        body = CityCorridorInput(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        row = price_city(
            user=caller(request),
            product_id=product_id,
            city_id=city_id,
            corridor=body.validated_data,
            now=now,
        )
        return product_response(caller(request), row.pk, now=now)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, product_id: int, city_id: str) -> Response:
        """Let a city follow the product again, from the product's next change on."""
        release_city(
            user=caller(request), product_id=product_id, city_id=city_id, now=timezone.now()
        )
        return Response(status=204)
