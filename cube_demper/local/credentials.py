"""The secrets of a machine that nobody gave any."""

import base64
import secrets
from collections.abc import Callable, Mapping

_MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    # A Fernet key, as cryptography's own generate_key() makes it.
    "ENCRYPTION_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "WAHA_SHARED_API_KEY": lambda: secrets.token_urlsafe(32),
    "TIPTOPPAY_API_SECRET": lambda: secrets.token_urlsafe(32),
}


def secrets_of_machine(*, kept: Mapping[str, str]) -> dict[str, str]:
    """Return the kept secrets, and new ones for what is missing.

    They stay even when a person sets others: what they sealed must open again later.
    """
    return {name: kept.get(name) or make() for name, make in _MAKERS.items()}
