"""What may be bought."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import PublicView
from billing import selectors
from billing.terms import Feature
from cube_demper.kernel.api import TiynField

_FEATURES = [feature.value for feature in Feature]


class NameOutput(serializers.Serializer[Any]):
    """A name in each language."""

    ru = serializers.CharField()
    kk = serializers.CharField()
    en = serializers.CharField()


class LimitsOutput(serializers.Serializer[Any]):
    """How many there may be; `null`: as many as you like."""

    repriced_products = serializers.IntegerField(allow_null=True)
    analysed_products = serializers.IntegerField(allow_null=True)
    stores = serializers.IntegerField(allow_null=True)
    helpers = serializers.IntegerField(allow_null=True)
    shortest_interval_s = serializers.IntegerField()


class PlanOutput(serializers.Serializer[Any]):
    """A plan as it is sold now. `trial_days` of nought: it can't be tried."""

    code = serializers.CharField(source="plan.code")
    name = NameOutput(source="plan.name")
    version = serializers.IntegerField(source="number")
    month_price_tiyn = TiynField(source="month_price")
    year_price_tiyn = TiynField(source="year_price")
    trial_days = serializers.IntegerField()
    limits = LimitsOutput(source="terms")
    features = serializers.ListField(child=serializers.ChoiceField(choices=_FEATURES))


class AddonOutput(serializers.Serializer[Any]):
    """Something to have beside a plan, up to `most` times."""

    code = serializers.CharField()
    name = NameOutput()
    month_price_tiyn = TiynField(source="month_price")
    year_price_tiyn = TiynField(source="year_price")
    repriced_products = serializers.IntegerField()
    features = serializers.ListField(child=serializers.ChoiceField(choices=_FEATURES))
    most = serializers.IntegerField()


class PlansOutput(serializers.Serializer[Any]):
    plans = PlanOutput(many=True)
    addons = AddonOutput(many=True)


class PlansView(PublicView):
    @extend_schema(responses=PlansOutput)
    def get(self, request: Request) -> Response:  # noqa: ARG002 -- DRF's signature
        """The plans and add-ons that are sold now, the smallest plan first."""
        now = timezone.now()
        offers = {
            "plans": selectors.plans_on_sale(now),
            "addons": selectors.addons_on_sale(now),
        }
        return Response(PlansOutput(offers).data)
