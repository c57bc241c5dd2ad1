"""What the database is asked on each tick and for each batch, with a million markets in it."""

import os
import secrets
import subprocess
import sys

import django

from bench.servers import HOME, private_servers
from bench.table import show

_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "cube_demper.settings",
    "DEMPER_ENV_FILES": "",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "LOG_LEVEL": "ERROR",  # a batch says in a line what it did
    "ENCRYPTION_KEY": "dGhlLWtleS1vZi10aGUtdGVzdHMtcHJvdGVjdHMtbm8=",
    "GLOBAL_RPS": "120",
    "KASPI_OFFERS_RPS": "120",  # as if there were addresses enough
}


def measure() -> None:
    """Lending and recording with 1 000 000 markets and 1 500 000 products: p50 and p95."""
    with private_servers() as servers:
        os.environ.update(servers, **_SETTINGS)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=HOME, check=True)  # noqa: S603 -- our own command
        django.setup()
        from bench.ticks import rows_of_a_million  # noqa: PLC0415 -- Django is set up only now

        rows = rows_of_a_million()
    show("million", rows)
