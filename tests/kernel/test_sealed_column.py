import pytest
from django.db import connection

from cube_demper.kernel.sealing import Secret
from kaspi.models import Session
from tests.factories import make_session

pytestmark = pytest.mark.db


def stored_jar(session):
    with connection.cursor() as cursor:
        cursor.execute("SELECT jar FROM kaspi_session WHERE id = %s", [session.pk])
        return cursor.fetchone()[0]


def test_the_database_never_sees_a_secret(seller):
    session = make_session(user=seller, jar=Secret("cookie=very-secret"))

    assert "very-secret" not in stored_jar(session)
    assert Session.rows.get(pk=session.pk).jar.reveal() == "cookie=very-secret"


def test_whether_there_is_a_secret_can_be_asked_in_sql(seller):
    make_session(user=seller, account="full@example.kz", jar=Secret("cookie"))
    empty = make_session(user=seller, account="empty@example.kz", jar=Secret(""))

    assert list(Session.rows.filter(jar__exact=Secret(""))) == [empty]
