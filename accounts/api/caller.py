"""Who is calling."""

from typing import Any

from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.visits import Visit
from accounts.models import Actor, SignIn, User
from cube_demper.kernel.api import Pages
from cube_demper.kernel.errors import NotAuthenticated


def caller(request: Request) -> User:
    """Return the seller in whose name this request is made: whose rows it may see and change.

    That is whoever logged in, or the seller whose helper they are; ``acting`` says which person it
    is. Raises NotAuthenticated for nobody.
    """
    actor = person(request)
    visit = request.auth
    if not isinstance(visit, Visit) or visit.membership is None:
        return actor
    seller = visit.membership.seller
    seller.acting = actor.acting
    return seller


def person(request: Request) -> User:
    """Return whoever acts, whomever for. Raises NotAuthenticated for nobody."""
    if not (isinstance(request.user, User) and isinstance(request.auth, Visit)):
        raise NotAuthenticated
    user, key = request.user, request.auth.key
    prefix = "" if key is None else key.prefix
    user.acting = Actor(user_id=user.pk, email=user.email, key_prefix=prefix)
    return user


def sign_in_of(request: Request) -> SignIn:
    """Return the sign-in that let this request in. Raises NotAuthenticated without one."""
    if not isinstance(request.auth, Visit) or request.auth.sign_in is None:
        raise NotAuthenticated
    return request.auth.sign_in


class PublicView(APIView):
    """Open to everyone: whoever has no token yet has to start somewhere."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class PersonalView(APIView):
    """About the person who acts, and how that person comes in: no key opens it."""

    is_about_self = True
    is_personal = True


class OwnersView(APIView):
    """What only the seller changes, or a helper with the role of an owner."""

    is_for_owners = True


class AskingView(APIView):
    """Asked by POST, because the question is long, and yet it changes nothing."""

    only_reads = True


class OwnRowsView(ListAPIView[Any]):
    """A paged list of the caller's own rows."""

    pagination_class = Pages

    @property
    def person(self) -> User:
        """Who acts. The API's description is drawn without anybody."""
        return User(pk=0) if getattr(self, "swagger_fake_view", False) else person(self.request)

    @property
    def seller(self) -> User:
        """Whose rows. The API's description is drawn without a caller: then nobody's."""
        return User(pk=0) if getattr(self, "swagger_fake_view", False) else caller(self.request)
