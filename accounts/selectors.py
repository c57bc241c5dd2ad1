"""What doors ask about whoever knocks."""

import re
from datetime import datetime
from typing import Any

from accounts.errors import SellerMissing
from accounts.models import Membership, SignIn, User

_ID = re.compile(r"[0-9]{1,18}")


def open_sign_in(sign_in_id: Any, *, now: datetime) -> SignIn | None:
    """The sign-in with its user, as long as it stands and the user may come.

    Read anew for every request, so that a blocked user and an ended sign-in are out at once.
    """
    signed_in = SignIn.objects.across_users(reason="a token says whose it is")
    found: SignIn | None = (
        signed_in.select_related("user__default_membership__seller")
        .filter(pk=sign_in_id, ended_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    return found


def membership_of(actor: User, *, said: str) -> Membership | None:
    """In which team's name somebody acts; ``None``: for themselves.

    ``said`` is a seller's id, or nothing: then the user's default is meant. Raises SellerMissing
    for a seller whose team this is not, who was blocked, or who does not exist.
    """
    if not said:
        default: Membership | None = actor.default_membership
        return default if default is not None and default.seller.is_active else None
    if said == str(actor.pk):
        return None
    joined = Membership.objects.across_users(reason="a helper says for whom")
    membership: Membership | None = (
        joined.select_related("seller")
        .filter(seller=int(said), helper=actor, seller__is_active=True)
        .first()
        if _ID.fullmatch(said)
        else None
    )
    if membership is None:
        raise SellerMissing
    return membership
