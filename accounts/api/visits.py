"""One request, and what let it in."""

from dataclasses import dataclass

from accounts.models import ApiKey, Membership, SignIn


@dataclass(frozen=True, slots=True)
class Visit:
    """The sign-in of a person or the key of a script, and in which team's name it acts.

    Without a ``membership`` whoever came in acts for themselves.
    """

    sign_in: SignIn | None = None
    key: ApiKey | None = None
    membership: Membership | None = None
