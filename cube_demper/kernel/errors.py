"""The failures we anticipate, by meaning.

    DomainError
    ├── Invalid        the request makes no sense            422
    ├── NotAuthenticated  we don't know who you are          401
    ├── NotFound       no such thing, or not yours           404
    ├── Forbidden      you may not                           403
    ├── Conflict       not in this state                     409
    ├── LimitReached   the plan does not allow it            402
    └── Unavailable    somebody else's trouble, come back    503
        ├── RateExceeded   a budget is used up until a time
        └── QuotaUnknown   what was used of a quota before is not known

An app subclasses these in its own ``errors.py``. Each class has a stable kebab-case ``code`` and a
one-line docstring: the title a person reads. Everything else that is raised is a bug and travels
to the top untouched.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar


class DomainError(Exception):
    """Something anticipated went wrong."""

    code: ClassVar[str] = "error"
    # What else the problem document says, by names that its members don't have.
    more: Mapping[str, str | int | None] = {}

    def __init__(self, detail: str = "", *, retry_at: datetime | None = None) -> None:
        """Say what happened in ``detail``; ``retry_at`` (aware, UTC) if waiting helps."""
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.retry_at = retry_at

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Invalid(DomainError):
    """The request makes no sense."""

    code = "invalid"


class NotAuthenticated(DomainError):
    """You are not logged in."""

    code = "not-authenticated"


class NotFound(DomainError):
    """There is no such thing here."""

    code = "not-found"


class Forbidden(DomainError):
    """You may not do this."""

    code = "forbidden"


class Conflict(DomainError):
    """This cannot be done in the present state."""

    code = "conflict"


class LimitReached(DomainError):
    """Your plan does not allow this."""

    code = "limit-reached"


class Unavailable(DomainError):
    """A service we depend on does not answer."""

    code = "unavailable"


class RateExceeded(Unavailable):
    """A request budget is used up for the moment."""

    code = "rate-exceeded"


class QuotaUnknown(Unavailable):
    """What was used of a request quota before is not known."""

    code = "quota-unknown"

    def __init__(self, key: str) -> None:
        """Name the quota: remember what was used of it, then ask again at once."""
        super().__init__(f"What was used of {key} before is not known.", retry_at=datetime.now(UTC))
        self.key = key
