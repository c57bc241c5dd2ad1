"""The image of gateways, fetched ahead of need."""

import structlog
from django.conf import settings

from cube_demper.kernel.errors import DomainError
from whatsapp import jobs
from whatsapp.errors import ImageMissing
from whatsapp.host_ports import ContainerHost
from whatsapp.models import Connection
from whatsapp.services.turns import alone

logger = structlog.get_logger("whatsapp.containers")


def fetch_image(*, host: ContainerHost) -> bool:
    """Have the engine fetch the image if it lacks it; then whoever waited for it is tried anew.

    Takes minutes. Say whether it was fetched now; who needs it orders it again.
    """
    image = settings.WAHA_BASE_IMAGE
    with alone("whatsapp: image") as is_mine:
        try:
            if not is_mine or host.has_image(image):
                return False
            host.fetch_image(image)
        except DomainError as error:
            logger.warning("whatsapp.image.unfetched", image=image, detail=error.detail)
            return False
    logger.info("whatsapp.image.fetched", image=image)
    Connection.rows.filter(error=ImageMissing.code).update(retry_at=None)
    jobs.reconcile()
    return True
