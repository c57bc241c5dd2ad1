"""A seller's stores: how they do, what is set on them, and their end here."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from cube_demper.kernel.api import StrictCharField
from kaspi import selectors
from kaspi.api.serializers import CityOutput, ClaimInput, StoreOutput
from kaspi.services.price_lists import claim_store
from products.api.rules import NewcomerEntries, TradingEntries
from products.api.serializers import StrictBooleanField
from products.pricing.newcomers import ENTRIES
from products.pricing.worth import WINDOW
from products.services.overviews import ALLOWED, Overview, overview_of, overviews_of
from products.services.removals import remove_store
from products.services.stores import change_store

_SET_HERE = ("working_hours", "excluded_merchants", *ENTRIES)


class HealthOutput(serializers.Serializer[Any]):
    """When anything of the store was last looked for, when a price was last sent, what failed."""

    looked_at = serializers.DateTimeField(allow_null=True)
    pushed_at = serializers.DateTimeField(allow_null=True)
    failed_today = serializers.IntegerField(source="spent.failed_today")
    is_stalled = serializers.BooleanField()


class QuotaOutput(serializers.Serializer[Any]):
    """Of the changes that Kaspi takes within ``window_s``, how many are used; and today's count."""

    used = serializers.IntegerField(source="spent.in_window")
    allowed = serializers.SerializerMethodField()
    window_s = serializers.SerializerMethodField()
    today = serializers.IntegerField(source="spent.today")

    def get_allowed(self, _: Overview) -> int:
        return ALLOWED

    def get_window_s(self, _: Overview) -> int:
        return int(WINDOW.total_seconds())


class StoreEntries(NewcomerEntries, TradingEntries):
    """Of the store's own sheet: when it works, whom it leaves alone, what new products get.

    The rest is at ``/kaspi/stores/{id}/rules``.
    """


class StoreChangesInput(StoreEntries):
    """Send what should change. Null takes an entry off the store's sheet."""

    name = StrictCharField(max_length=200, required=False)
    is_paused = StrictBooleanField(required=False)


class OverviewOutput(StoreOutput):
    """A store with how it does."""

    health = HealthOutput()
    quota = QuotaOutput()
    points = serializers.IntegerField()
    cities = CityOutput(many=True)
    settings = StoreEntries()

    @override
    def to_representation(self, instance: Overview) -> dict[str, Any]:
        said = {name: instance.sheet.get(name) for name in _SET_HERE}
        fields = StoreEntries().fields
        return {
            **StoreOutput(instance.store).data,
            "health": HealthOutput(instance).data,
            "quota": QuotaOutput(instance).data,
            "points": instance.points,
            "cities": CityOutput(instance.cities, many=True).data,
            "settings": {
                name: None if value is None else fields[name].to_representation(value)
                for name, value in said.items()
            },
        }


class StoreListView(OwnRowsView):
    """The seller's stores, how they do, and why any of them stands still."""

    serializer_class = OverviewOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.stores_of(self.seller)

    @override
    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset) or []
        return overviews_of(self.seller, page, now=timezone.now())

    @extend_schema(request=ClaimInput, responses={201: StoreOutput})
    def post(self, request: Request) -> Response:
        """Open a store without a login to Kaspi: its prices go by a price list that Kaspi fetches.

        Nothing proves whose shop it is: whoever logs in to it later takes it over.
        """
        body = ClaimInput(data=request.data)
        body.is_valid(raise_exception=True)
        store = claim_store(user=caller(request), **body.validated_data, now=timezone.now())
        return Response(StoreOutput(store).data, status=status.HTTP_201_CREATED)


class StoreView(APIView):
    @property
    def is_for_owners(self) -> bool:
        """Only an owner takes a store away; a manager changes what is set on it."""
        return self.request.method == "DELETE"

    @extend_schema(responses=OverviewOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """One store, and how it does."""
        return _overview(request, store_id)

    @extend_schema(request=StoreChangesInput, responses=OverviewOutput)
    def patch(self, request: Request, store_id: int) -> Response:
        """Name a store, stop it or let it go on, and say when it works and whom it leaves alone."""
        body = StoreChangesInput(data=request.data)
        body.is_valid(raise_exception=True)
        change_store(
            user=caller(request),
            store_id=store_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return _overview(request, store_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, store_id: int) -> Response:
        """Take a store away. It stops at once, and its secrets are forgotten.

        Its products and history are kept for some days, for nobody to see: until then a login or a
        claim brings them back. What is being sent this very moment may still arrive.
        """
        remove_store(user=caller(request), store_id=store_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _overview(request: Request, store_id: int) -> Response:
    found = overview_of(caller(request), store_id=store_id, now=timezone.now())
    return Response(OverviewOutput(found).data)
