"""The secrets of a machine that nobody gave any."""

import base64
import secrets
from collections.abc import Callable, Mapping

_MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    # A Fernet key, as cryptography's own generate_key() makes it.
    "ENCRYPTION_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def missing_secrets(*, given: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that a person did not set: the kept ones, or new ones."""
    return {name: kept.get(name) or make() for name, make in _MAKERS.items() if not given.get(name)}
