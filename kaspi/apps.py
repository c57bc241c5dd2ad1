from django.apps import AppConfig


class KaspiConfig(AppConfig):
    name = "kaspi"
