"""What lets a request in."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from typing_extensions import override

from accounts import selectors
from accounts.api.visits import Visit
from accounts.models import User
from accounts.origin import address_of
from accounts.services import api_keys, sign_ins

_KEYWORD = "api-key"


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
        return sign_in.user, Visit(sign_in=sign_in)


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key dk_…``: scripts, each as the owner of its key."""

    @override
    def authenticate(self, request: Request) -> tuple[User, Visit] | None:
        keyword, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != _KEYWORD:
            return None
        row = api_keys.find_key(key.strip())
        if row is None:
            raise AuthenticationFailed("This key opens nothing.")
        api_keys.note_use(row, address=address_of(request), now=timezone.now())
        return row.user, Visit(key=row)
