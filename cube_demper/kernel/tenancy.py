"""Tenancy: two doors and no open window.

    Store.objects.for_user(user)                    the normal door
    Store.objects.across_users(reason="dispatch")   the loud door
    Store.objects.all()                             raises TenantScopeMissing

Django's own machinery (admin, related access, migrations) goes through a plain manager named in
``Meta.default_manager_name``. What this does not stop: raw SQL, the plain manager, and walking
down from a parent you should not have had.
"""

from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from typing_extensions import override

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class TenantScopeMissing(RuntimeError):
    """A tenant-owned table was read without saying whose rows are meant."""


class TenantManager(models.Manager[M_co]):
    """The manager of a model that belongs to one seller.

    ``path`` leads to the owner (``user``, ``store__user``); ``queryset`` is the vocabulary. Rows
    whose ``hidden`` column (``store__removed_at``) is filled are kept, but not for their seller.
    """

    def __init__(
        self,
        *,
        path: str,
        hidden: str = "",
        queryset: type[models.QuerySet[Any, Any]] = models.QuerySet,
    ) -> None:
        super().__init__()
        self.path = path
        self.hidden = hidden
        self.queryset_class = queryset

    def _rows(self) -> Any:
        return self.queryset_class(self.model, using=self._db)

    def for_user(self, user: AbstractBaseUser) -> Any:
        """Only the rows of this seller."""
        there = {self.hidden: None} if self.hidden else {}
        return self._rows().filter(**{self.path: user}, **there)

    def across_users(self, *, reason: str) -> Any:
        """Every seller's rows. ``reason`` is for the reader and for the list of all such places."""
        if not reason:
            raise TenantScopeMissing("across_users needs a reason")
        return self._rows()

    @override
    def none(self) -> Any:
        """Nobody's rows: what an API's description is drawn from."""
        return self._rows().none()

    @override
    def get_queryset(self) -> Any:
        raise TenantScopeMissing(
            f"{self.model.__name__}.objects needs for_user(user) or across_users(reason=…)"
        )
