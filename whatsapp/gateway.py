"""Opens the engine's adapter: one per process. Settings become its frozen config here alone."""

import atexit
from functools import lru_cache

from django.conf import settings

from whatsapp.clients.docker_host import DockerHost, HostConfig
from whatsapp.clients.engine_words import Names
from whatsapp.host_ports import ContainerHost


def container_host() -> ContainerHost:
    """The engine that the settings name. The worker of the queue ``containers`` alone may ask."""
    return _opened(
        HostConfig(
            url=settings.WAHA_DOCKER_URL,
            names=Names(settings.WAHA_DEPLOYMENT),
            port=settings.WAHA_BASE_PORT,
            is_published=settings.WAHA_REACH == "loopback",
        )
    )


@lru_cache(maxsize=1)
def _opened(config: HostConfig) -> DockerHost:
    host = DockerHost(config)
    atexit.register(host.close)
    return host
