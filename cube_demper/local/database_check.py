"""``python -m cube_demper.local.database_check``: is the given PostgreSQL there and new enough?

A child's work: it needs a driver, and the supervisor keeps to the standard library.
"""

import os
import sys

import psycopg
from psycopg.conninfo import make_conninfo

from cube_demper.local.postgres import OLDEST

_ANSWER_WITHIN_S = 5
_PARTS = {  # and what Django's settings take where a name is missing
    "host": ("POSTGRES_HOST", "127.0.0.1"),
    "port": ("POSTGRES_PORT", "5432"),
    "dbname": ("POSTGRES_DB", "demper"),
    "user": ("POSTGRES_USER", "demper"),
    "password": ("POSTGRES_PASSWORD", ""),
}


def main() -> str | None:
    """Return the one sentence that is wrong with it."""
    address = os.environ.get("DATABASE_URL") or make_conninfo(
        **{part: os.environ.get(name) or default for part, (name, default) in _PARTS.items()}
    )
    try:
        with psycopg.connect(address, connect_timeout=_ANSWER_WITHIN_S) as connection:
            version = connection.info.server_version
            place = f"{connection.info.host}:{connection.info.port}"
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        return f"The database of DATABASE_URL or POSTGRES_HOST does not let us in ({said})."
    if version // 10000 < OLDEST:
        return f"The PostgreSQL at {place} is {version // 10000}: {OLDEST} or newer is needed."
    return None


if __name__ == "__main__":
    if trouble := main():
        sys.exit(f"StartError: {trouble}")
