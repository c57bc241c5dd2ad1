"""News from the apps below."""

from typing import Any

from django.dispatch import receiver

from ai import jobs
from whatsapp.signals import message_received


@receiver(message_received)
def gather(*, message_id: int, **_: Any) -> None:
    jobs.gather(message_id=message_id)
