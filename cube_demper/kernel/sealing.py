"""Secrets at rest: Fernet, with keys that rotate, in a column that never shows them.

``ENCRYPTION_KEY`` is a list: the first key seals, all of them open, so a new key is put in front
and the old ones stay until everything has been sealed again.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from typing_extensions import override

from cube_demper.kernel.errors import Unavailable


class SealBroken(Unavailable):
    """A stored secret can't be opened with the keys we have."""

    code = "seal-broken"


class Secret:
    """A text that does not show itself in logs, tracebacks or templates. Ask ``reveal()``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._text

    @override
    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    @override
    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(secret: Secret) -> str:
    """Encrypt with the newest key."""
    box = _box(tuple(settings.ENCRYPTION_KEYS))
    return box.encrypt(secret.reveal().encode()).decode()


def unseal(sealed: str) -> Secret:
    """Decrypt with whichever key fits. Raises SealBroken when none does."""
    try:
        return Secret(_box(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()).decode())
    except InvalidToken:
        raise SealBroken from None


def is_newest(sealed: str) -> bool:
    """Whether a stored secret is sealed with the newest key."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def renew_seal(sealed: str) -> str:
    """Seal a stored secret anew with the newest key. Raises SealBroken when no key opens it."""
    return seal(unseal(sealed))


class SealedField(models.TextField):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """A text column whose Python value is a ``Secret`` and whose stored value is sealed.

    An empty secret is stored as an empty text, so that "is there one" can be asked in SQL.
    """

    if TYPE_CHECKING:  # what the type checker takes and gives for an attribute of this kind
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: object) -> Secret | None:
        if value is None:
            return None
        return unseal(value) if value else Secret("")

    @override
    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Secret):
            raise TypeError(f"{self.name} holds a Secret, not {type(value).__name__}")
        return seal(value) if value else ""

    @override
    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Secret) or value is None else Secret(str(value))

    @override
    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is not for dumping")
