from django.apps import AppConfig
from typing_extensions import override

from cube_demper.kernel import plan_gate


class KaspiConfig(AppConfig):
    name = "kaspi"

    @override
    def ready(self) -> None:
        """Tell gateways of the addresses that an operator lists, and billing of shops."""
        from kaspi import runtime  # noqa: PLC0415 -- models come after the apps are ready
        from kaspi.services import egress  # noqa: PLC0415 -- the same

        runtime.attend(egress.attend)
        plan_gate.tell_shops(_shops_of)


def _shops_of(user_id: int) -> list[str]:
    from kaspi.selectors import merchant_ids_of  # noqa: PLC0415 -- models come after the apps

    return merchant_ids_of(user_id)
