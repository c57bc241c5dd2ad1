"""What Kaspi says of many statements at once, into our answers: pure.

Nobody has recorded more than the status 200 of a bundle and the ``sku`` of a row in the protocol.
So everything else is looked for under the names that Kaspi uses for such things elsewhere, and
what is not found is not made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kaspi.clients.fields import Fields
from kaspi.errors import PayloadUnreadable, PushRejected
from kaspi.push_ports import BundleAnswer, Declined, Fate, ProtocolRow, Taken, Unheard

_LIST_NAMES = ("data", "content", "items", "offers", "results")
_REFUSAL_NAMES = ("errorOffers", "errors")  # the first is what the validation of offers says
_SKU = ("sku", "merchantSku")
_JOB = ("id", "jobId")
_ERROR = ("error", "errorMessage", "errorCode", "reason")
_REMARKS = ("message", *_ERROR, "comment")
_STATUS = ("status", "state", "operationType")
_LONGEST_REMARKS = 300
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProtocolWords:
    """The words, in capitals, that the protocol has for each fate: none of them is documented."""

    pending: frozenset[str] = frozenset({"IN_PROGRESS", "IN_QUEUE", "NEW", "PENDING", "PROCESSING"})
    done: frozenset[str] = frozenset({"PROCESSED", "APPLIED", "COMPLETED", "DONE", "SUCCESS"})
    refused: frozenset[str] = frozenset({"ERROR", "FAILED", "REJECTED", "REFUSED", "INVALID"})

    def fate(self, word: str) -> Fate:
        """What one word means."""
        known = {Fate.PENDING: self.pending, Fate.DONE: self.done, Fate.REFUSED: self.refused}
        return next((fate for fate, words in known.items() if word.upper() in words), Fate.UNKNOWN)


def bundle(raw: Any, *, skus: Sequence[str], names_job: bool) -> dict[str, BundleAnswer]:
    """Read the answer to a bundle of these skus: one job for all, a row for each, or the refused.

    Where it names none of these, it is unreadable if ``names_job``, and acceptance if not.
    """
    answer = Fields({"items": raw} if isinstance(raw, list) else raw, "")
    rows = [_answer(row) for row in _rows(answer, _LIST_NAMES)]
    refusals = [_declined(row) for row in _rows(answer, _REFUSAL_NAMES)]
    said = {one.sku: one for one in (*rows, *refusals)}
    job_id = answer.text_or("", *_JOB) or ""
    if names_job and not job_id and not said:
        raise PayloadUnreadable("id", "should be text")
    # Whoever has rows for some only, or refuses without saying what, has not accepted the rest.
    is_rest_taken = "" not in said and (bool(job_id) or not rows)
    return {
        sku: said.get(sku) or (Taken(sku, job_id) if is_rest_taken else Unheard(sku))
        for sku in skus
    }


def _rows(answer: Fields, names: tuple[str, ...]) -> list[Fields]:
    return [Fields(row, where) for where, row in answer.rows(*names)]


def _answer(row: Fields) -> BundleAnswer:
    job_id = row.text_or("", *_JOB) or ""
    is_refused = row.raw("valid") is False or row.text_or(None, *_ERROR) is not None
    if is_refused or (not job_id and row.text_or(None, "message") is not None):
        return _declined(row)
    return Taken(row.text_or("", *_SKU) or "", job_id)


def _declined(row: Fields) -> Declined:
    return Declined(row.text_or("", *_SKU) or "", PushRejected.code, _remarks(row))


def _remarks(row: Fields) -> str:
    return (row.text_or("", *_REMARKS) or "")[:_LONGEST_REMARKS]


def protocol(raw: Any, *, words: ProtocolWords) -> dict[str, ProtocolRow]:
    """Read the protocol: the latest row of each sku, the first one where dates do not tell."""
    answer = Fields({"items": raw} if isinstance(raw, list) else raw, "")
    if answer.raw(*_LIST_NAMES) is None:
        raise PayloadUnreadable("data", "should be a list")
    latest: dict[str, ProtocolRow] = {}
    for row in (_protocol_row(fields, words) for fields in _rows(answer, _LIST_NAMES)):
        known = latest.get(row.sku)
        if known is None or (row.noted_at or _LONG_AGO) > (known.noted_at or _LONG_AGO):
            latest[row.sku] = row
    return latest


def _protocol_row(row: Fields, words: ProtocolWords) -> ProtocolRow:
    status = row.text_or("", *_STATUS) or ""
    return ProtocolRow(
        sku=row.text(*_SKU),
        fate=words.fate(status),
        status=status[:_LONGEST_REMARKS],
        remarks=_remarks(row),
        job_id=row.text_or("", *_JOB) or "",
        noted_at=row.iso_or_none("date", "updatedAt", "createdAt"),
        applied_before=row.iso_or_none("appliedBeforeDateTime"),
    )
