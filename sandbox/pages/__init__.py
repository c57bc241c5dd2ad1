"""Pages as files of HTML with `$names`. Whatever is put in is escaped; there is no other way in."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

_HERE: Final = files("sandbox.pages")


class Markup(str):
    """Text that is already HTML, made by our own templates."""

    __slots__ = ()


def page(name: str, /, **values: object) -> Markup:
    """Fill a template. Everything but `Markup` is escaped."""
    return Markup(_template(name).substitute({key: _safe(value) for key, value in values.items()}))


@cache
def _template(name: str) -> Template:
    return Template((_HERE / name).read_text(encoding="utf-8"))


def _safe(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value), quote=True)
