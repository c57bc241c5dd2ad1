"""`manage.py kaspi_probe`: one call to Kaspi by hand, explained."""

import sys
from argparse import SUPPRESS, ArgumentParser
from pprint import pformat
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from kaspi.models import ALMATY
from kaspi.selectors import named_store
from kaspi.services.probes import Probe, Seen, probe_offers, probe_store

_LINES = 40  # of what was understood: a catalogue's page would be thousands
_OF_A_STORE = {
    "merchants": "which shops the session of a store opens",
    "points": "where a store sells from",
    "listings": "the first page of a store's catalogue",
    "listing": "one listing of a store",
    "protocol": "what became of the latest change of a listing",
}
_OF_A_LISTING = {"listing", "protocol"}


def _may_show_more(parser: ArgumentParser, *, default: bool | str = SUPPRESS) -> None:
    """Let both be said before the call and after it."""
    more = {
        "--raw": "print the bodies as they came",
        "--whole": "print all that was understood, however long",
    }
    for flag, what in more.items():
        parser.add_argument(flag, action="store_true", default=default, help=what)


class Command(BaseCommand):
    help = "Make one call to Kaspi and show what was asked, answered and understood."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        _may_show_more(parser, default=False)
        calls = parser.add_subparsers(dest="call", required=True, metavar="CALL")
        offers = calls.add_parser("offers", help="who sells a card")
        _may_show_more(offers)
        offers.add_argument("master_sku")
        offers.add_argument("--city", default=ALMATY, help="its KATO code")
        for name, what in _OF_A_STORE.items():
            call = calls.add_parser(name, help=what)
            _may_show_more(call)
            call.add_argument("store", metavar="STORE", help="its id here, or its id at Kaspi")
            if name in _OF_A_LISTING:
                call.add_argument("sku")

    @override
    def handle(self, *args: Any, call: str, raw: bool, whole: bool, **options: Any) -> None:
        try:
            probe = self._probe(call, options)
        except DomainError as error:
            raise CommandError(error.detail) from None
        for seen in probe.seen:
            self._show(seen, is_raw=raw)
        self._conclude(probe, is_whole=whole)
        if probe.error is not None:
            sys.exit(1)

    def _probe(self, call: str, options: dict[str, Any]) -> Probe:
        if call == "offers":
            return probe_offers(master_sku=options["master_sku"], city_id=options["city"])
        return probe_store(
            call=call,
            store=named_store(options["store"]),
            sku=options.get("sku", ""),
            now=timezone.now(),
        )

    def _show(self, seen: Seen, *, is_raw: bool) -> None:
        self.stdout.write(f"{seen.method} {seen.url}")
        for name, value in seen.headers.items():
            self.stdout.write(f"    {name}: {value}")
        if seen.asked:
            self.stdout.write(f"    {seen.asked.decode('utf-8', 'replace')}")
        self.stdout.write(
            f"{seen.status} after {seen.duration_ms} ms, {len(seen.body)} bytes of"
            f" {seen.content_type or 'nothing named'}\n"
        )
        if is_raw:
            self.stdout.write(seen.body.decode("utf-8", "replace"))

    def _conclude(self, probe: Probe, *, is_whole: bool) -> None:
        if probe.error is None:
            self.stdout.write("Understood as:")
            lines = pformat(probe.understood, width=100).splitlines()
            shown = lines if is_whole else lines[:_LINES]
            self.stdout.write("\n".join(shown))
            if len(shown) < len(lines):
                self.stdout.write(f"… and {len(lines) - len(shown)} lines more: see --whole.")
            return
        error = probe.error
        self.stdout.write(f"Callers would get `{error.code}`: {error.detail}")
        self.stdout.write(f"What to do: {error.title()} See docs/problems.md.")
        if error.retry_at is not None:
            self.stdout.write(f"Not before {error.retry_at:%H:%M:%S} UTC.")
