"""A misconfigured server refuses to start, with a sentence."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from whatsapp.services.connections import CONTAINERS

_DEPLOYMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


@register()
def containers_can_be_named(**_: Any) -> Sequence[CheckMessage]:
    """Refuse a name of which no host name can be made: gateways are reached by theirs."""
    if settings.WAHA_LAYOUT != CONTAINERS or _DEPLOYMENT.fullmatch(settings.WAHA_DEPLOYMENT):
        return []
    return [
        Error(
            f"WAHA_DEPLOYMENT is {settings.WAHA_DEPLOYMENT!r}: gateways could not be named by it.",
            hint="Set it to up to 20 small letters, digits and dashes.",
            id="demper.E009",
        )
    ]
