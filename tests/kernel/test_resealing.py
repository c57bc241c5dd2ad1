import io

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError

from cube_demper.kernel.sealing import Secret
from kaspi.models import Session
from tests.factories import make_session

pytestmark = pytest.mark.db
JAR = "kaspi.Session.jar"


def resealed():
    out = io.StringIO()
    call_command("reseal", stdout=out)
    return dict(line.split(": ") for line in out.getvalue().splitlines())


def test_every_secret_is_sealed_with_the_newest_key_and_only_once(seller, settings):
    session = make_session(user=seller, jar=Secret("cookies"))
    newest = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [newest, *settings.ENCRYPTION_KEYS]

    first, second = resealed(), resealed()

    assert (first[JAR], second[JAR]) == ("1 sealed anew", "0 sealed anew")
    settings.ENCRYPTION_KEYS = [newest]
    assert Session.rows.get(pk=session.pk).jar == Secret("cookies")


def test_a_secret_that_no_key_opens_is_named_by_its_column(seller, settings):
    make_session(user=seller, jar=Secret("cookies"))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match=JAR):
        resealed()
