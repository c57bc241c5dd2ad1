from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from billing.services.reconciling import register_webhooks
from cube_demper.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Have the payment provider tell us of payments, at TIPTOPPAY_HOOKS_URL."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            addresses = register_webhooks(base_url=settings.TIPTOPPAY_HOOKS_URL)
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write("\n".join(addresses))
