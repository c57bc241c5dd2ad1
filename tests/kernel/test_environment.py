import os
import subprocess
import sys
from pathlib import Path

import pytest

from cube_demper.kernel.environment import Environment, SettingUnusable

pytestmark = pytest.mark.unit

HOME = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(monkeypatch):
    """Read a setting that was given so."""

    def read_as(kind, value):
        monkeypatch.setenv("SOME_SETTING", value)
        return getattr(Environment(), kind)("SOME_SETTING")

    return read_as


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        ("int", "12", 12),
        ("int", " -3 ", -3),
        ("float", "1.5", 1.5),
        ("float", "8", 8.0),
        ("bool", "True", True),
        ("bool", "0", False),
        ("bool", "off", False),
    ],
)
def test_what_means_something_is_taken(read, kind, value, meant):
    assert read(kind, value) == meant


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("int", "abc", "a whole number"),
        ("int", "1.5", "a whole number"),
        ("float", "1,5", "a number"),
        ("float", "8 a second", "a number"),
        ("float", "nan", "a number"),
        ("bool", "maybe", "true or false"),
    ],
)
def test_what_means_nothing_is_named_and_not_guessed_at(read, kind, value, wanted):
    with pytest.raises(SettingUnusable) as caught:
        read(kind, value)

    assert str(caught.value) == f"The setting SOME_SETTING is {value!r}: it must be {wanted}."


def test_a_word_that_nobody_knows_is_named_with_those_that_are_known(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "loud")

    with pytest.raises(SettingUnusable, match="LOG_LEVEL is 'loud': it must be one of INFO, DEBUG"):
        Environment().one_of("LOG_LEVEL", ("INFO", "DEBUG"), default="INFO")


@pytest.mark.parametrize("kind", ["int", "float", "bool"])
def test_a_setting_that_is_not_given_has_its_default(kind):
    assert getattr(Environment(), kind)("NEVER_GIVEN", default=1) == 1


@pytest.mark.parametrize(
    ("said", "backend", "secure"),
    [
        ("smtp+tls://bob:p%40ss@mail.example.kz:587", "smtp.EmailBackend", True),
        ("consolemail://", "console.EmailBackend", None),
        ("", "dummy.EmailBackend", None),
    ],
    ids=["smtp", "console", "empty"],
)
def test_how_mail_leaves(monkeypatch, said, backend, secure):
    monkeypatch.setenv("EMAIL_URL", said)

    mail = Environment().mail("EMAIL_URL", default="dummymail://")

    assert mail["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}"
    assert mail.get("EMAIL_USE_TLS") is secure


@pytest.mark.parametrize("said", ["pigeon://bob:p4ss@roof", "smtp://bob:p4ss@host:port"])
def test_a_way_that_no_mail_can_go_is_refused_without_its_password(monkeypatch, said):
    monkeypatch.setenv("EMAIL_URL", said)

    with pytest.raises(SettingUnusable, match="EMAIL_URL must look like smtp") as refused:
        Environment().mail("EMAIL_URL", default="dummymail://")

    assert "p4ss" not in str(refused.value)


def test_a_command_says_it_in_one_line():
    given = {**os.environ, "DEMPER_ENV_FILES": "", "SECRET_KEY": "x", "GLOBAL_RPS": "a few"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=HOME,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "The setting GLOBAL_RPS is 'a few': it must be a whole number.\n"
