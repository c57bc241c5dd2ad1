"""Who may do what: asked of every request that no address lets in by itself."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from typing_extensions import override

from accounts.api.visits import Visit
from accounts.errors import KeyMayOnlyRead, PeopleOnly
from accounts.models import Scope


class MayAct(BasePermission):
    """Somebody is known, and may do this here."""

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        visit = request.auth
        if not isinstance(visit, Visit):
            return False
        if visit.key is not None:
            if getattr(view, "is_personal", False):
                raise PeopleOnly
            if visit.key.scope == Scope.READ and request.method not in SAFE_METHODS:
                raise KeyMayOnlyRead
        return True
