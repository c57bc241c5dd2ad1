from datetime import datetime

from django.apps import AppConfig
from django.conf import settings
from typing_extensions import override

from cube_demper.kernel import plan_gate
from cube_demper.kernel.plan_gate import Taken


class _Gate:
    """What apps below us ask of a plan."""

    def check_room(self, *, user_id: int, limit: str, taken: Taken, now: datetime) -> None:
        if settings.BILLING_MODE == "off":
            return
        from billing.services import entitlements  # noqa: PLC0415 -- models come after the apps
        from billing.terms import Limit  # noqa: PLC0415 -- the same

        entitlements.check_room(user_id, Limit(limit), taken=taken(), now=now)

    def note_shop(self, *, user_id: int, merchant_id: str, now: datetime) -> None:
        if settings.BILLING_MODE == "off":
            return
        from billing.services import trials  # noqa: PLC0415 -- models come after the apps

        trials.note_shop(user_id=user_id, merchant_id=merchant_id, now=now)


class BillingConfig(AppConfig):
    name = "billing"

    @override
    def ready(self) -> None:
        """Let the apps below ask what a plan allows."""
        plan_gate.keep(_Gate())
