from django.apps import AppConfig
from typing_extensions import override


class AccountsConfig(AppConfig):
    name = "accounts"

    @override
    def ready(self) -> None:
        from accounts.api import schema  # noqa: F401, PLC0415 -- registers by import
