import os

import psycopg
import pytest

from cube_demper.local.database_check import main

pytestmark = pytest.mark.db


def test_the_database_of_the_tests_is_good_enough():
    assert os.environ["DATABASE_URL"]

    trouble = main()

    assert trouble is None


def test_the_parts_do_as_well_as_an_address(monkeypatch):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        known = connection.info
        monkeypatch.setenv("POSTGRES_HOST", known.host)
        monkeypatch.setenv("POSTGRES_PORT", str(known.port))
        monkeypatch.setenv("POSTGRES_USER", known.user)
        monkeypatch.setenv("POSTGRES_PASSWORD", known.password)
        monkeypatch.setenv("POSTGRES_DB", known.dbname)
    monkeypatch.delenv("DATABASE_URL")

    trouble = main()

    assert trouble is None


def test_a_database_that_is_not_there_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"postgres://nobody@/nothing?host={tmp_path}")

    trouble = main()

    assert trouble
    assert trouble.startswith("The database of DATABASE_URL or POSTGRES_HOST does not let us in (")
    assert len(trouble.splitlines()) == 1
