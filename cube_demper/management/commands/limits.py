"""`manage.py limits`: the request budgets, and an operator's hands on them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from accounts.models import User
from cube_demper import rates
from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.desk import Desk, Snapshot
from cube_demper.models import OperatorRate


class Command(BaseCommand):
    help = "Show what is used of the request budgets, what waits, and what is frozen until when."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lift", metavar="KEY", help="open a frozen bucket now")
        parser.add_argument(
            "--rate",
            nargs=2,
            metavar=("KEY", "RPS"),
            help="turns a second from now on, everywhere; `default` goes back to the settings",
        )
        parser.add_argument("--by", metavar="EMAIL", help="the operator who sets the rate")

    @override
    def handle(
        self,
        *args: Any,
        lift: str | None,
        rate: tuple[str, str] | None,
        by: str | None,
        **options: Any,
    ) -> None:
        try:
            with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
                desk = Desk(redis)
                who, now = _operator(by), timezone.now()
                if lift is not None and not desk.lift(lift):
                    raise CommandError(f"{lift} is not frozen.")
                if lift is not None:
                    rates.note(by=who, key=lift, done=f"Opened {lift}.", now=now)
                if rate is not None:
                    self._set_rate(desk, *rate, by=who)
                    rates.note(by=who, key=rate[0], done=f"Set to {rate[1]}.", now=now)
                self._write(desk.snapshot(seconds=60))
        except RedisError as error:
            raise CommandError(f"Redis does not answer: {error}") from None

    def _set_rate(self, desk: Desk, key: str, rps: str, *, by: User | None) -> None:
        if rps == "default":
            rates.reset_rate(desk, key=key)
            return
        try:
            rates.set_rate(desk, key=key, rps=float(rps), by=by, now=timezone.now())
        except ValueError:
            raise CommandError(f"{rps!r} is neither a number nor `default`.") from None
        except Invalid as error:
            raise CommandError(error.detail) from None

    def _write(self, snapshot: Snapshot) -> None:
        budget = snapshot.rates.get("fleet", float(settings.GLOBAL_RPS))
        mean = sum(snapshot.used) / len(snapshot.used)
        most = max(snapshot.used)
        last_minute = f"{mean:.1f} a second in the last minute, {most} in the fullest one"
        self.stdout.write(f"fleet: {last_minute}, of {budget:g}")
        self.stdout.write(f"{snapshot.ahead} turns are granted for later\n\n")
        self.stdout.write(f"{'budget':<24}{'turns':>10}{'mean wait':>12}{'late':>8}{'freezes':>9}")
        for told in snapshot.told:
            wait = f"{told.mean_wait_ms:.0f} ms"
            counts = f"{told.turns:>10}{wait:>12}{told.late:>8}{told.freezes:>9}"
            self.stdout.write(f"{told.family:<24}{counts}")
        for frozen in snapshot.frozen:
            if frozen.is_closed(snapshot.at):
                self.stdout.write(f"{frozen.key}: frozen until {frozen.opens_at:%H:%M:%S} UTC")
            else:
                self.stdout.write(f"{frozen.key}: opening until {frozen.is_open_at:%H:%M:%S} UTC")
        for row in OperatorRate.objects.select_related("set_by"):
            at = f"{row.set_at:%d %b %H:%M} UTC"
            self.stdout.write(f"{row.key}: {row.rps:g} a second, set by {row.who}, {at}")


def _operator(email: str | None) -> User | None:
    if email is None:
        return None
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None or not user.is_staff:
        raise CommandError(f"{email} is no operator.")
    return user
