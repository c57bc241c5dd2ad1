"""`manage.py brake [on --reason TEXT | off]`: stop every push at once, and let them go again."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from products.models import Brake
from products.services.brakes import pull_brake, release_brake


class Command(BaseCommand):
    help = "Stop every price push of every seller, let them go again, or say how it stands."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", metavar="on|off", nargs="?", choices=("on", "off"))
        parser.add_argument("--reason", help="why; with on")

    @override
    def handle(
        self, *args: Any, what: str | None = None, reason: str | None = None, **options: Any
    ) -> None:
        by = getpass.getuser()
        if what == "on":
            if not reason:
                raise CommandError("Say why: --reason TEXT.")
            pull_brake(reason=reason, by=by, now=timezone.now())
        elif what == "off":
            release_brake(by=by, now=timezone.now())
        brake = Brake.objects.filter(released_at=None).first()
        self.stdout.write(
            "Pushes go." if brake is None else f"Pushes are stopped: {brake}, by {_who(brake)}."
        )


def _who(brake: Brake) -> str:
    return brake.pulled_by or "the service itself"
