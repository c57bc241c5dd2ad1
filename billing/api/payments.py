"""A seller's payments."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnersView, OwnRowsView, caller
from billing import selectors
from billing.api.serializers import LinkInput, LinkOutput, PaymentOutput
from billing.services import buying
from cube_demper.kernel.api import MomentPages


class PaymentPages(MomentPages):
    ordering = "-made_at"


class PaymentsView(OwnRowsView):
    """The seller's payments, the newest first."""

    serializer_class = PaymentOutput
    pagination_class = PaymentPages

    @override
    def get_queryset(self) -> Any:
        return selectors.payments_of(self.seller)


class PaymentView(OwnersView):
    @extend_schema(responses=PaymentOutput)
    def get(self, request: Request, payment_id: UUID) -> Response:
        """One payment: ask again until it is settled."""
        return Response(PaymentOutput(selectors.payment_of(caller(request), payment_id)).data)


class LinkView(OwnersView):
    @extend_schema(request=LinkInput, responses=LinkOutput)
    def post(self, request: Request, payment_id: UUID) -> Response:
        """A page of the provider's at which a payment that waits may be made."""
        body = LinkInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = caller(request)
        payment = selectors.payment_of(user, payment_id)
        language = body.validated_data["language"]
        url = buying.make_link(user=user, payment=payment, language=language)
        return Response(LinkOutput({"url": url}).data)
