"""News from the apps below."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from kaspi.models import JobKind
from kaspi.signals import sync_ordered
from products import jobs


@receiver(sync_ordered)
def read_the_catalogue(*, job_id: UUID, kind: JobKind, **_: Any) -> None:
    if kind == JobKind.IMPORT:
        jobs.import_catalogue(job_id=job_id)
    else:
        jobs.sync_catalogue(job_id=job_id)
