"""What can go wrong with an account."""

from cube_demper.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotAuthenticated,
    NotFound,
    RateExceeded,
    Unavailable,
)


class EmailTaken(Conflict):
    """An account with this e-mail exists already."""

    code = "email-taken"


class WeakPassword(Invalid):
    """This password is too easy to guess."""

    code = "weak-password"


class WrongCredentials(NotAuthenticated):
    """The e-mail or the password is wrong."""

    code = "wrong-credentials"


class RefreshTokenSpent(NotAuthenticated):
    """This refresh token is used up, expired or not ours: log in again."""

    code = "refresh-token-spent"


class WrongPassword(Invalid):
    """This is not your password."""

    code = "not-your-password"


class MailTokenSpent(Invalid):
    """This link is used up, expired or not ours: ask for another."""

    code = "mail-token-spent"


class SignInMissing(NotFound):
    """None of your devices is logged in under this id."""

    code = "sign-in-missing"


class TooManyTries(RateExceeded):
    """Too many tries: wait a while."""

    code = "too-many-tries"


class TriesUncounted(Unavailable):
    """Tries can't be counted at the moment, so none is let through."""

    code = "tries-uncounted"


class ApiKeyMissing(NotFound):
    """You have no key with this id."""

    code = "api-key-missing"


class TooManyApiKeys(Conflict):
    """You have as many keys as one may have."""

    code = "too-many-api-keys"


class KeyMayOnlyRead(Forbidden):
    """This key may only read."""

    code = "key-may-only-read"


class PeopleOnly(Forbidden):
    """No key opens this: log in by password."""

    code = "people-only"


class SellerMissing(NotFound):
    """There is no seller in whose name you act under this id."""

    code = "seller-missing"


class RoleTooLow(Forbidden):
    """Your role in this team does not allow it."""

    code = "role-too-low"


class HelperMissing(NotFound):
    """There is nobody in the team under this id."""

    code = "helper-missing"


class AlreadyInTeam(Conflict):
    """This one belongs to the team already."""

    code = "already-in-team"


class TooManyHelpers(Conflict):
    """The team is as large as one may be."""

    code = "too-many-helpers"


class InvitationSpent(Invalid):
    """This invitation is accepted, expired, taken back or not ours: ask for another."""

    code = "invitation-spent"
