"""`manage.py import_tariff FILE --from DATE`: take over a new table of Kaspi's commissions."""

import getpass
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from typing_extensions import override

from accounts.services import audit
from cube_demper.kernel.errors import DomainError
from products.services.tariffs import import_tariff, read_tariff


class Command(BaseCommand):
    help = "Import Kaspi's commissions by category; floors of costs follow from their first day."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, a row a category")
        parser.add_argument(
            "--from", dest="valid_from", metavar="DATE", required=True, type=date.fromisoformat
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what it comes to")

    @override
    def handle(
        self, *args: Any, file: str, valid_from: date, dry_run: bool, **options: Any
    ) -> None:
        try:
            with Path(file).open(encoding="utf-8-sig") as lines:
                tariff = read_tariff(lines, valid_from=valid_from)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not UTF-8.") from None
        except DomainError as error:
            raise CommandError(error.detail) from None
        usual = tariff.usual.with_vat.hundredths / 100
        self.stdout.write(
            f"From {valid_from}: {usual:g} % as a rule, {len(tariff.exceptions)} exceptions."
        )
        if dry_run:
            return
        now = timezone.now()
        with transaction.atomic():
            markets = import_tariff(tariff, now=now)
            audit.record_operation(
                by=getpass.getuser(),
                action="tariff.imported",
                subject="tariff",
                subject_id=valid_from,
                now=now,
            )
        self.stdout.write(f"Imported; {markets} markets will be looked at.")
