"""Preorders: begun, followed, changed, ended."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from preorders import selectors
from preorders.api.filters import PreorderFilter
from preorders.api.serializers import (
    BulkEndInput,
    BulkEndOutput,
    BulkPreordersInput,
    BulkPreordersOutput,
    PreorderChangesInput,
    PreorderInput,
    PreorderOutput,
)
from preorders.services import keeping


class PreorderListView(OwnRowsView):
    """The seller's preorders, newest first."""

    serializer_class = PreorderOutput
    filterset_class = PreorderFilter

    @override
    def get_queryset(self) -> Any:
        return selectors.preorders_of(self.seller)

    @extend_schema(request=PreorderInput, responses={201: PreorderOutput})
    def post(self, request: Request) -> Response:
        """Sell a product at one of its points before it is there, for so many days to wait.

        It is pushed like a price, and active once Kaspi shows it. It ends at its time, when the
        product is in stock again, and when it is deleted.
        """
        body = PreorderInput(data=request.data)
        body.is_valid(raise_exception=True)
        preorder = keeping.begin(user=self.seller, **body.validated_data, now=timezone.now())
        return Response(_said(request, preorder.pk), status=201)


class PreorderView(APIView):
    @extend_schema(responses=PreorderOutput)
    def get(self, request: Request, preorder_id: int) -> Response:
        """One preorder, and how far it is."""
        return Response(_said(request, preorder_id))

    @extend_schema(request=PreorderChangesInput, responses=PreorderOutput)
    def patch(self, request: Request, preorder_id: int) -> Response:
        """Change its days or times, or begin a draft."""
        body = PreorderChangesInput(data=request.data)
        body.is_valid(raise_exception=True)
        keeping.change(
            user=caller(request),
            preorder_id=preorder_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return Response(_said(request, preorder_id))

    @extend_schema(responses={202: PreorderOutput, 204: None})
    def delete(self, request: Request, preorder_id: int) -> Response:
        """End it: 202 where Kaspi has to take it back first. A draft is forgotten."""
        left = keeping.end(user=caller(request), preorder_id=preorder_id, now=timezone.now())
        if left is None:
            return Response(status=204)
        return Response(_said(request, preorder_id), status=202)


class BulkPreordersView(APIView):
    @extend_schema(request=BulkPreordersInput, responses=BulkPreordersOutput)
    def post(self, request: Request) -> Response:
        """Begin preorders of many products, each for itself."""
        body = BulkPreordersInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = {"point_ids": [], **body.validated_data}
        user = caller(request)
        begun, declined = keeping.begin_many(user=user, **said, now=timezone.now())
        of_them = selectors.preorders_of(user).filter(pk__in=[one.pk for one in begun])
        answer = {"begun": of_them.order_by("pk"), "declined": declined}
        return Response(BulkPreordersOutput(answer).data)


class BulkEndView(APIView):
    @extend_schema(request=BulkEndInput, responses=BulkEndOutput)
    def post(self, request: Request) -> Response:
        """End many preorders, as deleting each of them would."""
        body = BulkEndInput(data=request.data)
        body.is_valid(raise_exception=True)
        ids = list(dict.fromkeys(body.validated_data["ids"]))
        missing = keeping.end_many(user=caller(request), preorder_ids=ids, now=timezone.now())
        return Response({"ended": len(ids) - len(missing), "missing": missing})


def _said(request: Request, preorder_id: int) -> Any:
    preorder = selectors.preorder_of(caller(request), preorder_id=preorder_id)
    return PreorderOutput(preorder).data
