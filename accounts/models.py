"""Who may come in. A user with the role USER is a seller: the tenant."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from typing_extensions import override


class Role(models.TextChoices):
    USER = "USER", "Seller"
    ADMIN = "ADMIN", "Operator"


class UserManager(BaseUserManager["User"]):
    """Finds a user by e-mail, whatever its case."""

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        # The same words as the unique constraint, so that there is one user and an index to it;
        # ``iexact`` compares upper case, where two different addresses may become one.
        email = Lower(models.Value(username, models.EmailField()))
        return self.get(Exact(Lower("email"), email))


class User(AbstractBaseUser):
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=8, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_is_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.email

    @property
    def is_operator(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    # What Django's admin asks of a user: operators may do everything there, sellers nothing.

    @property
    def is_staff(self) -> bool:
        return self.is_operator

    @property
    def is_superuser(self) -> bool:
        return self.is_operator

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002 -- Django's signature
        return self.is_operator

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 -- Django's signature
        return self.is_operator
