"""The assembly as a Django app: commands, templates and system checks of the whole house."""

from django.apps import AppConfig
from typing_extensions import override


class AssemblyConfig(AppConfig):
    name = "cube_demper"
    default = True

    @override
    def ready(self) -> None:
        # Registers the Celery application, so that every process that orders work uses ours.
        from cube_demper import celery  # noqa: F401, PLC0415 -- needs the app registry
        from cube_demper.kernel import checks  # noqa: F401, PLC0415 -- registers by import
