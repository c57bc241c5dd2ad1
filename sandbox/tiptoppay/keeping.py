"""What outlives the process, in one file: everything in the book but notifications on their way."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sandbox.state import BadState, read_file, write_file
from sandbox.tiptoppay.bank import card_of
from sandbox.tiptoppay.book import (
    Address,
    Asked,
    Book,
    Kind,
    Link,
    Operation,
    SavedCard,
    Schedule,
    Status,
)

_VERSION: Final = 1


def keep(path: Path, book: Book, *, now: float) -> None:
    """Write the book down, in one step."""
    terminal = asdict(book)
    terminal["operations"] = list(terminal["operations"].values())
    write_file(path, {"version": _VERSION, "terminal": terminal, "now": now})


def recall(path: Path, book: Book) -> dict[str, Any]:
    """Fill a book with what was kept; gives the whole file, empty if there is none yet.

    Raises BadState.
    """
    kept = read_file(path)
    if kept is None:
        return {}
    try:
        _fill(book, kept["terminal"])
    except (KeyError, TypeError, ValueError) as trouble:
        raise BadState(f"The state file {path} is not one of this stand-in's.") from trouble
    return kept


def _fill(book: Book, kept: dict[str, Any]) -> None:
    book.latest_id = max(book.latest_id, kept["latest_id"])
    for row in kept["operations"]:
        one = Operation(**row | {"kind": Kind(row["kind"]), "status": Status(row["status"])})
        one.asked, one.card = Asked(**row["asked"]), card_of(row["card"]["number"])
        book.operations[one.id] = one
    for row in kept["saved"].values():
        saved = SavedCard(row["token"], card_of(row["card"]["number"]), row["account_id"])
        book.saved[saved.token] = saved
    for row in kept["links"].values():
        book.links[row["id"]] = Link(**row | {"asked": Asked(**row["asked"])})
    for row in kept["schedules"].values():
        book.schedules[row["id"]] = Schedule(**row | {"asked": Asked(**row["asked"])})
    for kind, row in kept["addresses"].items():
        book.addresses[kind] = Address(**row)
