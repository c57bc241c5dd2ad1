"""New passwords, and addresses that are proved by a mail."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import PersonalView, PublicView, person, sign_in_of
from accounts.api.serializers import (
    MailedInput,
    NewPasswordInput,
    PasswordChangeInput,
    ResetInput,
    UserOutput,
)
from accounts.origin import address_of
from accounts.services import passwords, profiles


class PasswordChangeView(PersonalView):
    @extend_schema(request=PasswordChangeInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set another password. Every other device is logged out."""
        body = PasswordChangeInput(data=request.data)
        body.is_valid(raise_exception=True)
        passwords.change_password(
            user=person(request),
            **body.validated_data,
            keep=sign_in_of(request).pk,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordResetView(PublicView):
    @extend_schema(request=ResetInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Ask for a mail with a link that sets a new password.

        The answer is the same whether there is such an account or not.
        """
        body = ResetInput(data=request.data)
        body.is_valid(raise_exception=True)
        passwords.order_reset(
            **body.validated_data, address=address_of(request), now=timezone.now()
        )
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(PublicView):
    @extend_schema(request=NewPasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password by the token that was mailed. Every device is logged out."""
        body = NewPasswordInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        passwords.confirm_reset(
            secret=said["token"],
            password=said["password"],
            address=address_of(request),
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailVerificationView(PersonalView):
    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request) -> Response:
        """Ask again for the mail that proves your address."""
        profiles.order_proof(user=person(request), address=address_of(request), now=timezone.now())
        return Response(status=status.HTTP_202_ACCEPTED)


class EmailVerifyView(PublicView):
    @extend_schema(request=MailedInput, responses=UserOutput)
    def post(self, request: Request) -> Response:
        """Prove an address by the token that was mailed to it."""
        body = MailedInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = profiles.prove_email(
            secret=body.validated_data["token"], address=address_of(request), now=timezone.now()
        )
        return Response(UserOutput(user).data)
