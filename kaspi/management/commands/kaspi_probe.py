"""`manage.py kaspi_probe`: one call to Kaspi by hand, explained."""

import sys
from argparse import ArgumentParser
from pprint import pformat
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from kaspi.models import ALMATY
from kaspi.services.probes import CALLS, Probe, Seen, probe_offers, probe_store


class Command(BaseCommand):
    help = "Make one call to Kaspi and show what was asked, answered and understood."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--raw", action="store_true", help="print the bodies as they came")
        calls = parser.add_subparsers(dest="call", required=True, metavar="CALL")
        offers = calls.add_parser("offers", help="who sells a card")
        offers.add_argument("master_sku")
        offers.add_argument("--city", default=ALMATY, help="its KATO code")
        for name in CALLS:
            call = calls.add_parser(name, help=f"{name}, with the session of a store")
            call.add_argument("store_id", type=int)
            if name == "listing":
                call.add_argument("sku")

    @override
    def handle(self, *args: Any, call: str, raw: bool, **options: Any) -> None:
        try:
            probe = self._probe(call, options)
        except DomainError as error:
            raise CommandError(error.detail) from None
        for seen in probe.seen:
            self._show(seen, is_raw=raw)
        self._conclude(probe)
        if probe.error is not None:
            sys.exit(1)

    def _probe(self, call: str, options: dict[str, Any]) -> Probe:
        if call == "offers":
            return probe_offers(master_sku=options["master_sku"], city_id=options["city"])
        return probe_store(
            call=call,
            store_id=options["store_id"],
            sku=options.get("sku", ""),
            now=timezone.now(),
        )

    def _show(self, seen: Seen, *, is_raw: bool) -> None:
        self.stdout.write(f"{seen.method} {seen.url}")
        for name, value in seen.headers.items():
            self.stdout.write(f"    {name}: {value}")
        self.stdout.write(
            f"{seen.status} after {seen.duration_ms} ms, {len(seen.body)} bytes of"
            f" {seen.content_type or 'nothing named'}\n"
        )
        if is_raw:
            self.stdout.write(seen.body.decode("utf-8", "replace"))

    def _conclude(self, probe: Probe) -> None:
        if probe.error is None:
            self.stdout.write("Understood as:")
            self.stdout.write(pformat(probe.understood, width=100))
            return
        error = probe.error
        self.stdout.write(f"Callers would get `{error.code}`: {error.detail}")
        self.stdout.write(f"What to do: {error.title()} See docs/problems.md.")
        if error.retry_at is not None:
            self.stdout.write(f"Not before {error.retry_at:%H:%M:%S} UTC.")
