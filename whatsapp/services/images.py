"""The image of gateways, fetched ahead of need."""

from django.conf import settings

from whatsapp import jobs
from whatsapp.errors import ImageMissing
from whatsapp.host_ports import ContainerHost
from whatsapp.models import Connection
from whatsapp.services.turns import alone


def fetch_image(*, host: ContainerHost) -> bool:
    """Have the engine fetch the image if it lacks it; then whoever waited for it is tried anew.

    Takes minutes. Say whether it was fetched now. Raises EngineGone, ImageMissing, EngineRefused.
    """
    with alone("whatsapp: image") as is_mine:
        if not is_mine or host.has_image(settings.WAHA_BASE_IMAGE):
            return False
        host.fetch_image(settings.WAHA_BASE_IMAGE)
    Connection.rows.filter(error=ImageMissing.code).update(retry_at=None)
    jobs.reconcile()
    return True
