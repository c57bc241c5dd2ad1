from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnersView, OwnRowsView, caller
from kaspi import selectors
from kaspi.api.filters import JobFilter
from kaspi.api.pages import JobPages
from kaspi.api.serializers import (
    CodeInput,
    ConnectInput,
    ImportInput,
    JobOutput,
    LoginOutput,
    MerchantInput,
    PriceListOutput,
    StorePointOutput,
    SyncInput,
)
from kaspi.services import imports, logins, price_lists, sessions, syncs


class ConnectView(OwnersView):
    @extend_schema(request=ConnectInput, responses={202: LoginOutput})
    def post(self, request: Request) -> Response:
        """Connect a store: log in to Kaspi in a browser of ours. Follow it at /kaspi/auth/{id}."""
        body = ConnectInput(data=request.data)
        body.is_valid(raise_exception=True)
        login = logins.start_login(user=caller(request), **body.validated_data, now=timezone.now())
        return Response(LoginOutput(login).data, status=status.HTTP_202_ACCEPTED)


class LoginView(APIView):
    @extend_schema(responses=LoginOutput)
    def get(self, request: Request, login_id: UUID) -> Response:
        """How far a login is, and what it waits for."""
        return Response(LoginOutput(selectors.login_of(caller(request), login_id=login_id)).data)


class LoginCodeView(OwnersView):
    @extend_schema(request=CodeInput, responses={202: LoginOutput})
    def post(self, request: Request, login_id: UUID) -> Response:
        """Enter the code that Kaspi sent."""
        body = CodeInput(data=request.data)
        body.is_valid(raise_exception=True)
        login = logins.enter_code(
            user=caller(request), login_id=login_id, **body.validated_data, now=timezone.now()
        )
        return Response(LoginOutput(login).data, status=status.HTTP_202_ACCEPTED)


class LoginMerchantView(OwnersView):
    @extend_schema(request=MerchantInput, responses={202: LoginOutput})
    def post(self, request: Request, login_id: UUID) -> Response:
        """Choose one of the shops that this login opens."""
        body = MerchantInput(data=request.data)
        body.is_valid(raise_exception=True)
        login = logins.choose_merchant(
            user=caller(request), login_id=login_id, **body.validated_data, now=timezone.now()
        )
        return Response(LoginOutput(login).data, status=status.HTTP_202_ACCEPTED)


class PointListView(OwnRowsView):
    """Where a store keeps its goods."""

    serializer_class = StorePointOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        if "store_id" not in self.kwargs:  # the API's description is drawn without one
            return selectors.points_of(self.seller)
        selectors.store_of(self.seller, store_id=self.kwargs["store_id"])
        return selectors.points_of(self.seller).filter(store=self.kwargs["store_id"])


class StorePasswordView(OwnersView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, store_id: int) -> Response:
        """Forget the password that was kept for this store's login, if one was."""
        sessions.forget_password(user=caller(request), store_id=store_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SyncView(APIView):
    @extend_schema(request=SyncInput, responses={202: JobOutput})
    def post(self, request: Request) -> Response:
        """Read a store's whole catalogue anew. Follow it at /kaspi/jobs/{id}."""
        body = SyncInput(data=request.data)
        body.is_valid(raise_exception=True)
        job = syncs.order_sync(user=caller(request), **body.validated_data, now=timezone.now())
        return Response(JobOutput(job).data, status=status.HTTP_202_ACCEPTED)


class ImportView(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(request=ImportInput, responses={202: JobOutput})
    def post(self, request: Request, store_id: int) -> Response:
        """Build the catalogue from a file of Kaspi's own. Follow it at /kaspi/jobs/{id}."""
        imports.refuse_large(int(request.META.get("CONTENT_LENGTH") or 0))  # before it is taken in
        body = ImportInput(data=request.data)
        body.is_valid(raise_exception=True)
        job = imports.order_import(
            user=caller(request), store_id=store_id, **body.validated_data, now=timezone.now()
        )
        return Response(JobOutput(job).data, status=status.HTTP_202_ACCEPTED)


class PriceListView(APIView):
    @extend_schema(responses=PriceListOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """The price list's address, and when Kaspi fetched it last."""
        found = selectors.price_list_of(caller(request), store_id=store_id)
        return Response(PriceListOutput(found, context={"request": request}).data)


class PriceListRotateView(OwnersView):
    @extend_schema(request=None, responses=PriceListOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Give the price list a new address, or its first. The old one is dead at once."""
        price_list = price_lists.rotate_price_list(
            user=caller(request), store_id=store_id, now=timezone.now()
        )
        return Response(PriceListOutput(price_list, context={"request": request}).data)


class JobListView(OwnRowsView):
    """The seller's syncs and imports, newest first."""

    serializer_class = JobOutput
    filterset_class = JobFilter
    pagination_class = JobPages

    @override
    def get_queryset(self) -> Any:
        return selectors.jobs_of(self.seller)


class JobView(APIView):
    @extend_schema(responses=JobOutput)
    def get(self, request: Request, job_id: UUID) -> Response:
        """How far a sync or an import is."""
        return Response(JobOutput(selectors.job_of(caller(request), job_id=job_id)).data)
