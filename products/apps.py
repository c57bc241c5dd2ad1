from django.apps import AppConfig
from typing_extensions import override


class ProductsConfig(AppConfig):
    name = "products"

    @override
    def ready(self) -> None:
        from products import receivers  # noqa: F401, PLC0415 -- connects by import
