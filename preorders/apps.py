from django.apps import AppConfig
from typing_extensions import override


class PreordersConfig(AppConfig):
    name = "preorders"

    @override
    def ready(self) -> None:
        from preorders import receivers  # noqa: F401, PLC0415 -- connects by import
