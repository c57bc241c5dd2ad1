from django.apps import AppConfig
from typing_extensions import override


class AssistantsConfig(AppConfig):
    name = "ai"

    @override
    def ready(self) -> None:
        from ai import receivers  # noqa: F401, PLC0415 -- connects by import
