from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.api.caller import OwnRowsView, caller
from kaspi import selectors
from kaspi.api.serializers import (
    CodeInput,
    ConnectInput,
    JobOutput,
    LoginOutput,
    MerchantInput,
    StoreOutput,
    SyncInput,
)
from kaspi.services import logins, syncs


class ConnectView(APIView):
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


class LoginCodeView(APIView):
    @extend_schema(request=CodeInput, responses={202: LoginOutput})
    def post(self, request: Request, login_id: UUID) -> Response:
        """Enter the code that Kaspi sent."""
        body = CodeInput(data=request.data)
        body.is_valid(raise_exception=True)
        login = logins.enter_code(
            user=caller(request), login_id=login_id, **body.validated_data, now=timezone.now()
        )
        return Response(LoginOutput(login).data, status=status.HTTP_202_ACCEPTED)


class LoginMerchantView(APIView):
    @extend_schema(request=MerchantInput, responses={202: LoginOutput})
    def post(self, request: Request, login_id: UUID) -> Response:
        """Choose one of the shops that this login opens."""
        body = MerchantInput(data=request.data)
        body.is_valid(raise_exception=True)
        login = logins.choose_merchant(
            user=caller(request), login_id=login_id, **body.validated_data, now=timezone.now()
        )
        return Response(LoginOutput(login).data, status=status.HTTP_202_ACCEPTED)


class StoreListView(OwnRowsView):
    """The seller's stores and why any of them stands still."""

    serializer_class = StoreOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return selectors.stores_of(self.seller)


class StoreView(APIView):
    @extend_schema(responses=StoreOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """One store."""
        return Response(StoreOutput(selectors.store_of(caller(request), store_id=store_id)).data)


class SyncView(APIView):
    @extend_schema(request=SyncInput, responses={202: JobOutput})
    def post(self, request: Request) -> Response:
        """Read a store's whole catalogue anew. Follow it at /kaspi/jobs/{id}."""
        body = SyncInput(data=request.data)
        body.is_valid(raise_exception=True)
        job = syncs.order_sync(user=caller(request), **body.validated_data, now=timezone.now())
        return Response(JobOutput(job).data, status=status.HTTP_202_ACCEPTED)


class JobView(APIView):
    @extend_schema(responses=JobOutput)
    def get(self, request: Request, job_id: UUID) -> Response:
        """How far a sync is."""
        return Response(JobOutput(selectors.job_of(caller(request), job_id=job_id)).data)
