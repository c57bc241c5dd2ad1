"""What doors ask about whoever knocks."""

from datetime import datetime
from typing import Any

from accounts.models import SignIn


def open_sign_in(sign_in_id: Any, *, now: datetime) -> SignIn | None:
    """The sign-in with its user, as long as it stands and the user may come.

    Read anew for every request, so that a blocked user and an ended sign-in are out at once.
    """
    signed_in = SignIn.objects.across_users(reason="a token says whose it is")
    found: SignIn | None = (
        signed_in.select_related("user")
        .filter(pk=sign_in_id, ended_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    return found
