"""Who is calling."""

from typing import Any

from rest_framework.generics import ListAPIView
from rest_framework.request import Request

from accounts.models import User
from cube_demper.kernel.api import Pages
from cube_demper.kernel.errors import NotAuthenticated


def caller(request: Request) -> User:
    """Return the logged-in user. Raises NotAuthenticated for anybody else."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


class OwnRowsView(ListAPIView[Any]):
    """A paged list of the caller's own rows."""

    pagination_class = Pages

    @property
    def seller(self) -> User:
        """Whose rows. The API's description is drawn without a caller: then nobody's."""
        return User(pk=0) if getattr(self, "swagger_fake_view", False) else caller(self.request)
