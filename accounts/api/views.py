from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.caller import PersonalView, PublicView, person, sign_in_of
from accounts.api.serializers import (
    LoginInput,
    ProfileInput,
    RefreshInput,
    RegisterInput,
    TokensOutput,
    UserOutput,
)
from accounts.origin import address_of, device_of, keep_known
from accounts.services import entering, joining, profiles, sign_ins


class RegisterView(PublicView):
    @extend_schema(request=RegisterInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Open a seller's account. A mail asks whether the address is the seller's own.

        The answer is the same where the address has an account already: then the mail says so.
        """
        body = RegisterInput(data=request.data)
        body.is_valid(raise_exception=True)
        joining.register(**body.validated_data, address=address_of(request), now=timezone.now())
        return Response(status=status.HTTP_202_ACCEPTED)


class LoginView(PublicView):
    @extend_schema(request=LoginInput, responses=TokensOutput)
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for an access and a refresh token.

        The cookie that comes along makes this device known: strangers who guess at the account
        can't keep it out.
        """
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        entry = entering.log_in(
            **body.validated_data, device=device_of(request), now=timezone.now()
        )
        response = Response(TokensOutput(entry.tokens).data)
        keep_known(response, entry.known_as)
        return response


class RefreshView(PublicView):
    @extend_schema(request=RefreshInput, responses=TokensOutput)
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. The old one is spent.

        One that is brought again later was copied: then the device is logged out.
        """
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        tokens = sign_ins.renew(
            **body.validated_data, device=device_of(request), now=timezone.now()
        )
        return Response(TokensOutput(tokens).data)


class LogoutView(PersonalView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Log this device out: its tokens are worth nothing from now on."""
        sign_ins.end_sign_in(
            user=person(request), sign_in_id=sign_in_of(request).pk, now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    is_about_self = True

    @extend_schema(responses=UserOutput)
    def get(self, request: Request) -> Response:
        """Say who is logged in."""
        return Response(UserOutput(person(request)).data)

    @extend_schema(request=ProfileInput, responses=UserOutput)
    def patch(self, request: Request) -> Response:
        """Change the name at once, the e-mail as soon as the mail that goes there is answered."""
        body = ProfileInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = profiles.change_profile(
            user=person(request), **body.validated_data, now=timezone.now()
        )
        return Response(UserOutput(user).data)
