"""A store's orders, and the token that opens them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnersView, OwnRowsView, caller
from kaspi import selectors
from kaspi.api.filters import OrderFilter
from kaspi.api.order_serializers import (
    OrderOutput,
    OrdersAccessOutput,
    OrdersTokenInput,
    WholeOrderOutput,
)
from kaspi.services import orders_access


class OrdersTokenView(OwnersView):
    @extend_schema(responses=OrdersAccessOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """Whether the store's orders can be read, and when they were. The token stays with us."""
        access = selectors.orders_access_of(caller(request), store_id=store_id)
        return Response(OrdersAccessOutput(access).data)

    @extend_schema(request=OrdersTokenInput, responses={202: OrdersAccessOutput, 204: None})
    def put(self, request: Request, store_id: int) -> Response:
        """Set the token that Kaspi's cabinet shows under Settings, or remove it with null.

        It is tried at once: read `state` again in a moment.
        """
        body = OrdersTokenInput(data=request.data)
        body.is_valid(raise_exception=True)
        token = body.validated_data["token"]
        if token is None:
            orders_access.remove_token(user=caller(request), store_id=store_id, now=timezone.now())
            return Response(status=status.HTTP_204_NO_CONTENT)
        access = orders_access.set_token(
            user=caller(request), store_id=store_id, token=token, now=timezone.now()
        )
        return Response(OrdersAccessOutput(access).data, status=status.HTTP_202_ACCEPTED)


class OrderListView(OwnRowsView):
    """The seller's orders, the latest met first."""

    serializer_class = OrderOutput
    filterset_class = OrderFilter

    @override
    def get_queryset(self) -> Any:
        return selectors.orders_of(self.seller)


class OrderView(APIView):
    @extend_schema(responses=WholeOrderOutput)
    def get(self, request: Request, order_id: int) -> Response:
        """One order with its lines. Lines come a little later than the order."""
        order = selectors.order_of(caller(request), order_id=order_id)
        return Response(WholeOrderOutput(order).data)
