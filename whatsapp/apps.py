from django.apps import AppConfig
from typing_extensions import override


class WhatsAppConfig(AppConfig):
    name = "whatsapp"

    @override
    def ready(self) -> None:
        from whatsapp import checks, receivers  # noqa: F401, PLC0415 -- connect by import
