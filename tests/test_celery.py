"""What every worker does around its tasks."""

import pytest
from celery.signals import task_prerun
from django.db import connection

from cube_demper.celery import app
from tests.factories import make_user

pytestmark = pytest.mark.db


def test_a_worker_in_debug_remembers_the_statements_of_one_task_only(db, settings):
    settings.DEBUG = True
    make_user()
    before = len(connection.queries)

    task_prerun.send(sender=app)

    assert (before > 0, len(connection.queries)) == (True, 0)
