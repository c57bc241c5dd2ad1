"""Pages of what has no numbers for ids."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from typing_extensions import override

from cube_demper.kernel.api import Pages


class JobPages(Pages):
    """Cursor pages by the moment at which a job was ordered."""

    ordering = "-ordered_at"

    @override
    def decode_cursor(self, request: Request) -> Any:
        cursor = CursorPagination.decode_cursor(self, request)
        if cursor and cursor.position is not None and not _is_moment(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


def _is_moment(said: str) -> bool:
    try:
        return datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False
