from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.serializers import (
    LoginInput,
    RefreshInput,
    RegisterInput,
    TokensOutput,
    UserOutput,
)


class PublicView(APIView):
    """Open to everyone: whoever has no token yet has to start somewhere."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(PublicView):
    @extend_schema(request=RegisterInput, responses={201: UserOutput})
    def post(self, request: Request) -> Response:
        """Open a seller's account."""
        body = RegisterInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = services.register_seller(**body.validated_data, now=timezone.now())
        return Response(UserOutput(user).data, status=status.HTTP_201_CREATED)


class LoginView(PublicView):
    @extend_schema(request=LoginInput, responses=TokensOutput)
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for an access and a refresh token."""
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(TokensOutput(services.log_in(**body.validated_data)).data)


class RefreshView(PublicView):
    @extend_schema(request=RefreshInput, responses=TokensOutput)
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. The old one is spent."""
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(TokensOutput(services.renew_tokens(**body.validated_data)).data)


class MeView(APIView):
    @extend_schema(responses=UserOutput)
    def get(self, request: Request) -> Response:
        """Say who is logged in."""
        return Response(UserOutput(request.user).data)
