"""Who may come in. A user with the role USER is a seller: the tenant."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from typing_extensions import override

from accounts.models.audit import Actor


class Role(models.TextChoices):
    USER = "USER", "Seller"
    ADMIN = "ADMIN", "Operator"


class UserQuerySet(models.QuerySet["User"]):
    def by_email(self, email: str | None) -> "UserQuerySet":
        """The user with this e-mail, whatever its case."""
        # The same words as the unique constraint, so that there is one user and an index to it;
        # ``iexact`` compares upper case, where two different addresses may become one.
        lowered = Lower(models.Value(email, models.EmailField()))
        return self.filter(Exact(Lower("email"), lowered))


class UserManager(BaseUserManager["User"]):
    """Finds a user by e-mail, whatever its case."""

    @override
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    @override
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get_queryset().by_email(username).get()


class User(AbstractBaseUser):
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=8, choices=Role, default=Role.USER)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    email_proved_at = models.DateTimeField(null=True, blank=True)  # a mail to it was answered

    # In whose team this user acts where nothing else is said; empty: for itself.
    default_membership = models.ForeignKey(
        "accounts.Membership", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Who acts in this user's name just now, where a door said so: what the audit goes by.
    acting: Actor | None = None

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
