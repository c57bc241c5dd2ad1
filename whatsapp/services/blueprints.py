"""What a connection's container is to be. Settings and the row decide; no request does."""

import hashlib

from django.conf import settings

from whatsapp.host_ports import Blueprint
from whatsapp.models import Connection

_HEAP_PERCENT = 80  # Node does not see the container's limit, and would be ended before it collects


def blueprint_of(connection: Connection) -> Blueprint:
    """Draw a connection's container. Whoever inspects it learns a hash of its key, no key.

    What a session is told, where its events go and what signs them, is set over HTTP once it
    answers, and kept on its volume: it is in nobody's environment.
    """
    return Blueprint(
        connection_id=connection.pk,
        tenant_id=str(connection.user_id),
        image=settings.WAHA_BASE_IMAGE,
        environment=_environment(connection.api_key.reveal()),
        port=settings.WAHA_BASE_PORT,
        memory_mb=settings.WAHA_MEMORY_MB,
        cpus=settings.WAHA_CPUS,
        processes=settings.WAHA_PROCESSES,
        is_read_only=settings.WAHA_READ_ONLY,
        network=settings.WAHA_NETWORK,
        is_published=settings.WAHA_REACH == "loopback",
    )


def _environment(api_key: str) -> dict[str, str]:
    heap_mb = settings.WAHA_MEMORY_MB * _HEAP_PERCENT // 100
    return {
        "WHATSAPP_DEFAULT_ENGINE": settings.WAHA_ENGINE,
        "WHATSAPP_API_PORT": str(settings.WAHA_BASE_PORT),
        # Keys that can be guessed are silently replaced at every start; this is of 32 random bytes.
        "WAHA_API_KEY": f"sha512:{hashlib.sha512(api_key.encode()).hexdigest()}",
        "WAHA_API_KEY_EXCLUDE_PATH": "ping",
        "WAHA_NAMESPACE": "all",
        "WHATSAPP_RESTART_ALL_SESSIONS": "True",
        "WAHA_DASHBOARD_ENABLED": "False",
        "WHATSAPP_SWAGGER_ENABLED": "False",
        "WAHA_PRINT_QR": "False",  # a code in a log is a login in a log
        "WAHA_LOG_FORMAT": "JSON",
        "WAHA_LOG_LEVEL": "info",
        "WHATSAPP_DOWNLOAD_MEDIA": "False",
        **{
            f"WAHA_SESSION_CONFIG_IGNORE_{kind}": "True"
            for kind in ("STATUS", "GROUPS", "CHANNELS", "BROADCAST")
        },
        "WAHA_PRESENCE_AUTO_ONLINE": "False",
        "NODE_OPTIONS": f"--max-old-space-size={heap_mb}",
    }
