from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from billing.services.reconciling import reconcile
from cube_demper.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Compare a day's payments with the provider's list. What does not fit is told as alarms."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--day", type=date.fromisoformat, help="YYYY-MM-DD, by UTC; yesterday otherwise"
        )

    @override
    def handle(self, *args: Any, day: date | None, **options: Any) -> None:
        now = timezone.now()
        day = day or now.date() - timedelta(days=1)
        try:
            found = reconcile(day=day, now=now)
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{day}: {found.operations} operations at the provider.")
        for alarm in found.alarms:
            self.stdout.write(f"  {alarm.kind} {alarm.key}: {alarm.detail}")
        if found.alarms:
            raise CommandError(f"{len(found.alarms)} things do not fit.")
