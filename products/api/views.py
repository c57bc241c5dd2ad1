from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from kaspi.api.serializers import StoreOutput
from products import selectors
from products.api.lists import product_response
from products.api.serializers import (
    ChannelInput,
    DecisionOutput,
    ProductChangesInput,
    ProductOutput,
)
from products.services.channels import choose_channel
from products.services.corridors import change_product


class ProductView(APIView):
    @extend_schema(responses=ProductOutput)
    def get(self, request: Request, product_id: int) -> HttpResponse:
        """One product with its corridor and the latest decision."""
        return product_response(caller(request), product_id, now=timezone.now())

    @extend_schema(request=ProductChangesInput, responses=ProductOutput)
    def patch(self, request: Request, product_id: int) -> HttpResponse:
        """Set the corridor, or pause the product. It is looked at again within seconds."""
        body = ProductChangesInput(data=request.data)
        body.is_valid(raise_exception=True)
        change_product(
            user=caller(request),
            product_id=product_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return product_response(caller(request), product_id, now=timezone.now())


class ChannelView(APIView):
    @extend_schema(request=ChannelInput, responses=StoreOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Let a store's prices go by the cabinet or by a price list: never by both."""
        body = ChannelInput(data=request.data)
        body.is_valid(raise_exception=True)
        store = choose_channel(
            user=caller(request), store_id=store_id, **body.validated_data, now=timezone.now()
        )
        return Response(StoreOutput(store).data)


class ProductHistoryView(OwnRowsView):
    """What was decided for a product and what came of it, newest first."""

    serializer_class = DecisionOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        if "product_id" not in self.kwargs:  # the API's description is drawn without one
            return selectors.decisions_of(self.seller)
        return selectors.history_of(self.seller, product_id=self.kwargs["product_id"])
