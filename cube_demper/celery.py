"""The Celery application: `celery -A cube_demper worker|beat`."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_init
from django.db import reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cube_demper.settings")

app = Celery("cube_demper")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Leave logging as Django set it up; a connected receiver stops Celery from doing its own."""


@worker_init.connect
def share_memory(**_: Any) -> None:
    """Import all that tasks need, and keep garbage collection, which writes as it walks, off it.

    So a worker and the child that it forks share those pages: 40 MB in each shard worker.
    """
    import kaspi.gateway  # noqa: F401, PLC0415 -- not before Django is set up

    gc.collect()
    gc.freeze()


@task_prerun.connect
def forget_queries(**_: Any) -> None:
    """Keep the statements of one task only: with DEBUG on, Django remembers nine thousand."""
    reset_queries()
