"""`manage.py reseal`: seal every stored secret with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from cube_demper.kernel.resealing import reseal, sealed_columns
from cube_demper.kernel.sealing import SealBroken


class Command(BaseCommand):
    help = "Seal every stored secret with the first key of ENCRYPTION_KEY. May be run at any time."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        for column in sealed_columns():
            try:
                count = reseal(column)
            except SealBroken:
                raise CommandError(
                    f"{column.name} holds a secret that none of the keys opens."
                ) from None
            self.stdout.write(f"{column.name}: {count} sealed anew")
