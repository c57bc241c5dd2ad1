"""Who may do what, and in whose name: asked of every request that no address lets in by itself.

|                                | viewer | manager | owner | the seller |
|--------------------------------|--------|---------|-------|------------|
| reads                          | yes    | yes     | yes   | yes        |
| changes                        |        | yes     | yes   | yes        |
| changes at an ``OwnersView``   |        |         | yes   | yes        |

What is asked by POST and yet changes nothing is an ``AskingView``. What a view that ``is_secret``
shows is as good as a change: it is read by whoever may change it.
A ``PersonalView`` is about whoever acts, in nobody's name but their own; no key opens it.
"""

from dataclasses import replace
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from typing_extensions import override

from accounts import selectors
from accounts.api.visits import Visit
from accounts.errors import KeyMayOnlyRead, PeopleOnly, RoleTooLow
from accounts.models import ApiKey, Scope, TeamRole, User


class MayAct(BasePermission):
    """Somebody is known, and may do this here."""

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        visit = request.auth
        if not isinstance(visit, Visit) or not isinstance(request.user, User):
            return False
        is_read = request.method in SAFE_METHODS and not getattr(view, "is_secret", False)
        only_reads = is_read or getattr(view, "only_reads", False)
        is_change = not only_reads
        if visit.key is not None:
            _check_key(visit.key, view, is_change=is_change)
        if not getattr(view, "is_about_self", False):
            membership = selectors.membership_of(
                request.user, said=request.headers.get("X-Seller", "")
            )
            if membership is not None:
                _check_role(TeamRole(membership.role), view, is_change=is_change)
            request.auth = replace(visit, membership=membership)
        return True


def _check_key(key: ApiKey, view: Any, *, is_change: bool) -> None:
    if getattr(view, "is_personal", False):
        raise PeopleOnly
    if is_change and key.scope == Scope.READ:
        raise KeyMayOnlyRead


def _check_role(role: TeamRole, view: Any, *, is_change: bool) -> None:
    is_for_owners = getattr(view, "is_for_owners", False)
    if is_change and (role == TeamRole.VIEWER or (is_for_owners and role != TeamRole.OWNER)):
        raise RoleTooLow
