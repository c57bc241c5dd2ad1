"""`manage.py price_list STORE [--check FILE]`: print a store's price list, or judge a file."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from kaspi.models import Store
from kaspi.price_list.rules import check
from kaspi.selectors import named_store
from products.services.feed import build_feed

_BLOCK = 64 * 1024


class Command(BaseCommand):
    help = "Print a store's price list, or check a file against Kaspi's rules."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE", help="its id here, or its id at Kaspi")
        parser.add_argument("--check", metavar="FILE", help="judge this file; - is our own list")

    @override
    def handle(self, *args: Any, store: str, check: str | None = None, **options: Any) -> None:
        try:
            found = named_store(store)
        except DomainError as error:
            raise CommandError(error.detail) from None
        if check is None:
            for block in _document(found):
                self.stdout.write(block.decode(), ending="")
            return
        self._judge(_document(found) if check == "-" else _file(check), found.merchant_id)

    def _judge(self, blocks: Iterable[bytes], merchant_id: str) -> None:
        faults = 0
        for note in check(blocks, merchant_id=merchant_id):
            faults += 1
            self.stdout.write(f"{note.line or '-'}\t{note.sku}\t{note.problem}")
        if faults:
            raise CommandError(f"{faults} faults.")
        self.stdout.write("No faults.")


def _document(store: Store) -> Iterator[bytes]:
    if not hasattr(store, "price_list"):
        raise CommandError(f"{store} has no price list.")
    try:
        return build_feed(store.price_list, now=timezone.now()).blocks()
    except DomainError as error:
        raise CommandError(error.detail) from None


def _file(path: str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            yield from iter(lambda: file.read(_BLOCK), b"")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
