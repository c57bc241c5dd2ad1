"""Who is calling."""

from rest_framework.request import Request

from accounts.models import User
from cube_demper.kernel.errors import NotAuthenticated


def caller(request: Request) -> User:
    """Return the logged-in user. Raises NotAuthenticated for anybody else."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
