"""The environment, read strictly: a value that means nothing is named, and never guessed at."""

import builtins
import math
from collections.abc import Sequence
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override

_YES = {"true", "on", "ok", "y", "yes", "1"}
_NO = {"false", "off", "n", "no", "0"}


class SettingUnusable(ImproperlyConfigured):
    """A setting has a value that means nothing; the text is one sentence that names it."""


class Environment(environ.Env):  # type: ignore[misc]  # the library has no types
    """What the settings read. Raises SettingUnusable.

    The library takes ``8 a second`` for 8, ``1,5`` for 1.5 and every unknown word for no.
    """

    @override
    def int(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.int:
        value = self.str(var, default=default)
        try:
            return builtins.int(value)
        except ValueError:
            raise _unusable(var, value, "a whole number") from None

    @override
    def float(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.float:
        value = self.str(var, default=default)
        try:
            number = builtins.float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _unusable(var, value, "a number")
        return number

    @override
    def bool(self, var: builtins.str, default: Any = environ.Env.NOTSET) -> builtins.bool:
        value = builtins.str(self.str(var, default=default))
        if value.lower() not in _YES | _NO:
            raise _unusable(var, value, "true or false")
        return value.lower() in _YES

    def one_of(self, var: builtins.str, choices: Sequence[builtins.str], *, default: Any) -> Any:
        """Read a word that has to be one of these."""
        value = self.str(var, default=default)
        if value not in choices:
            raise _unusable(var, value, f"one of {', '.join(choices)}")
        return value

    def mail(self, var: builtins.str, *, default: builtins.str) -> dict[builtins.str, Any]:
        """Read how mail leaves. The address may hold a password, so no error repeats it."""
        try:
            return dict(self.email_url_config(self.str(var, default="") or default))
        except (ImproperlyConfigured, ValueError):
            wanted = "smtp+tls://user:password@host:587, consolemail:// or dummymail://"
            raise SettingUnusable(f"The setting {var} must look like {wanted}.") from None


def _unusable(name: str, value: str, wanted: str) -> SettingUnusable:
    return SettingUnusable(f"The setting {name} is {value!r}: it must be {wanted}.")
