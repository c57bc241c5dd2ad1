"""Give the lawyer a document, as `manage.py import_knowledge law.md --key law --title …`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from ai.services import knowledge
from ai.words import Language
from cube_demper.kernel.errors import DomainError


class Command(BaseCommand):
    help = (
        "Import a document in UTF-8 text or Markdown for the lawyer, in place of an older edition."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", required=True, help="its name here, for ever the same")
        parser.add_argument("--title", required=True, help="as answers cite it")
        parser.add_argument("--language", choices=Language.values, default=Language.RU.value)
        parser.add_argument("--edition", default="", help="of which day or number it is")

    @override
    def handle(self, *_: Any, **given: Any) -> None:
        try:
            text = given["file"].read_text(encoding="utf-8-sig")
        except OSError as trouble:
            raise CommandError(f"{given['file']} cannot be read: {trouble.strerror}.") from trouble
        except UnicodeDecodeError:
            raise CommandError(
                f"{given['file']} is no text in UTF-8: turn a PDF into text first."
            ) from None
        if "\0" in text or not text.strip():
            raise CommandError(f"{given['file']} holds no text.")
        try:
            passages = knowledge.import_document(
                key=given["key"],
                title=given["title"],
                language=Language(given["language"]),
                edition=given["edition"],
                text=text,
                now=timezone.now(),
            )
        except DomainError as trouble:
            raise CommandError(str(trouble)) from trouble
        said = "It is there already." if passages is None else f"{passages} passages."
        self.stdout.write(said)
