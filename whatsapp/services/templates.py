"""Texts with places to fill in: checked when they are written, filled when they are sent."""

import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit
from whatsapp.errors import (
    TemplateLanguageMissing,
    TemplateNameTaken,
    TemplateUnreadable,
    TemplateVariablesDiffer,
    VariableMissing,
)
from whatsapp.models import Template
from whatsapp.selectors import preferences_of, template_of
from whatsapp.services.outbox import checked_text

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
Texts = Mapping[str, str]


def create(*, user: User, name: str, texts: Texts, now: datetime) -> Template:
    """Keep a template. Raises as ``change``."""
    with transaction.atomic():
        row = Template(user=user, name=name.strip(), texts=_checked(texts), changed_at=now)
        _save(row)
        _record(row, user, "whatsapp.template-made", now)
    return row


def change(
    *, user: User, template_id: int, name: str | None, texts: Texts | None, now: datetime
) -> Template:
    """Change what is given.

    Raises TemplateMissing, TemplateNameTaken, TemplateUnreadable, TemplateVariablesDiffer,
    TextMissing and TextTooLong.
    """
    with transaction.atomic():
        row = template_of(user, template_id=template_id)
        row.name = row.name if name is None else name.strip()
        row.texts = row.texts if texts is None else _checked(texts)
        row.changed_at = now
        _save(row)
        _record(row, user, "whatsapp.template-changed", now)
    return row


def delete(*, user: User, template_id: int, now: datetime) -> None:
    """Forget a template; what was made of it stays. Raises TemplateMissing."""
    with transaction.atomic():
        row = template_of(user, template_id=template_id)
        _record(row, user, "whatsapp.template-deleted", now)
        row.delete()


def filled(
    *, user: User, template_id: int, language: str = "", variables: Mapping[str, str]
) -> str:
    """The text of a template with its variables filled in; in the seller's language by default.

    Raises TemplateMissing, TemplateLanguageMissing, VariableMissing and TextTooLong.
    """
    row = template_of(user, template_id=template_id)
    return fill(row, language=language or preferences_of(user.pk).language, variables=variables)


def fill(row: Template, *, language: str, variables: Mapping[str, str]) -> str:
    """The same of a template at hand."""
    text = row.texts.get(language)
    if text is None:
        raise TemplateLanguageMissing
    missing = sorted(variables_of(text) - set(variables))
    if missing:
        raise VariableMissing(missing)
    # By hand: what stands for a variable is text, and never read as a template itself.
    return checked_text(re.sub(r"\{(\w+)\}", lambda found: variables[found[1]], text))


def variables_of(text: str) -> set[str]:
    """The names of a text's variables. Raises TemplateUnreadable."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise TemplateUnreadable from None
    found: set[str] = set()
    for _, name, options, conversion in parts:
        if name is None:
            continue
        if options or conversion or not _NAME.fullmatch(name):
            raise TemplateUnreadable
        found.add(name)
    if "{{" in text or "}}" in text:
        raise TemplateUnreadable
    return found


def _checked(texts: Texts) -> dict[str, str]:
    checked = {language: checked_text(text) for language, text in texts.items()}
    if len({frozenset(variables_of(text)) for text in checked.values()}) != 1:
        raise TemplateVariablesDiffer
    return checked


def _save(row: Template) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise TemplateNameTaken from None


def _record(row: Template, user: User, action: str, now: datetime) -> None:
    audit.record(seller=user, action=action, subject="template", subject_id=row.pk, now=now)
