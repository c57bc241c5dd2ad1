"""One request, and what let it in."""

from dataclasses import dataclass

from accounts.models import ApiKey, SignIn


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and what let it in: the sign-in of a person, or the key of a script."""

    sign_in: SignIn | None = None
    key: ApiKey | None = None
