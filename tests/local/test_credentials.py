import pytest
from cryptography.fernet import Fernet

from cube_demper.local.credentials import secrets_of_machine

pytestmark = pytest.mark.unit


def test_new_secrets_can_be_used():
    secrets = secrets_of_machine(kept={})

    sealed = Fernet(secrets["ENCRYPTION_KEY"]).encrypt(b"session")

    assert Fernet(secrets["ENCRYPTION_KEY"]).decrypt(sealed) == b"session"
    assert len(secrets["SECRET_KEY"]) == 64


def test_no_two_machines_share_a_secret():
    one, other = secrets_of_machine(kept={}), secrets_of_machine(kept={})

    shared = set(one.values()) & set(other.values())

    assert shared == set()


def test_kept_secrets_stay():
    kept = secrets_of_machine(kept={}) | {"REDIS_URL": "redis://nowhere"}

    secrets = secrets_of_machine(kept=kept)

    assert kept == secrets | {"REDIS_URL": "redis://nowhere"}
