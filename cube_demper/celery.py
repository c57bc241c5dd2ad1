"""The Celery application: `celery -A cube_demper worker|beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cube_demper.settings")

app = Celery("cube_demper")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Leave logging as Django set it up; a connected receiver stops Celery from doing its own."""
