from django.apps import AppConfig
from typing_extensions import override


class KaspiConfig(AppConfig):
    name = "kaspi"

    @override
    def ready(self) -> None:
        """Tell every gateway of the addresses that an operator lists."""
        from kaspi import runtime  # noqa: PLC0415 -- models come after the apps are ready
        from kaspi.services import egress  # noqa: PLC0415 -- the same

        runtime.attend(egress.attend)
