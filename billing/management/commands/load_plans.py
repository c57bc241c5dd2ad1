from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from typing_extensions import override

from billing.services.plans import open_price_list


class Command(BaseCommand):
    """Open the price list; what is there already stays."""

    help = "Write the plans and add-ons that the house opens with. May be run again at any time."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        number = open_price_list(now=timezone.now())
        self.stdout.write(f"{number} plans and add-ons were new.")
