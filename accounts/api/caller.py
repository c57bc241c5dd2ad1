"""Who is calling."""

from typing import Any

from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import Visit
from accounts.models import Actor, SignIn, User
from cube_demper.kernel.api import Pages
from cube_demper.kernel.errors import NotAuthenticated


def caller(request: Request) -> User:
    """Return the logged-in user. Raises NotAuthenticated for anybody else."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    user = request.user
    user.acting = Actor(user_id=user.pk, email=user.email)
    return user


def sign_in_of(request: Request) -> SignIn:
    """Return the sign-in that let this request in. Raises NotAuthenticated without one."""
    if not isinstance(request.auth, Visit):
        raise NotAuthenticated
    return request.auth.sign_in


class PublicView(APIView):
    """Open to everyone: whoever has no token yet has to start somewhere."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class OwnRowsView(ListAPIView[Any]):
    """A paged list of the caller's own rows."""

    pagination_class = Pages

    @property
    def seller(self) -> User:
        """Whose rows. The API's description is drawn without a caller: then nobody's."""
        return User(pk=0) if getattr(self, "swagger_fake_view", False) else caller(self.request)
