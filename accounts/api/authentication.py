"""What lets a request in."""

from dataclasses import dataclass

from django.utils import timezone
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from typing_extensions import override

from accounts import selectors
from accounts.models import SignIn, User
from accounts.services import sign_ins


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and what let it in."""

    sign_in: SignIn


class TokenAuthentication(JWTAuthentication):
    """Access tokens, each of a sign-in that still stands, of a user who may come.

    So a token is worth nothing from the moment its device was logged out or its user blocked, and
    not only when it expires.
    """

    @override
    def authenticate(self, request: Request) -> tuple[User, Visit] | None:  # type: ignore[override]  # what let it in is ours, not the token
        header: bytes | None = self.get_header(request)  # the stub forgets that there may be none
        raw_token = None if header is None else self.get_raw_token(header)
        if raw_token is None:
            return None
        claims, now = self.get_validated_token(raw_token), timezone.now()
        sign_in = selectors.open_sign_in(claims.get("sid"), now=now)
        if sign_in is None:
            raise InvalidToken
        sign_ins.note_use(sign_in, now=now)
        return sign_in.user, Visit(sign_in)


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # the library has no types
    """How the API's description calls it."""

    target_class = "accounts.api.authentication.TokenAuthentication"
