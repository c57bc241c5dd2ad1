"""What Kaspi may say of many statements at once, in every form that it could take."""

import json
from datetime import UTC, datetime

import pytest

from kaspi.clients.answers import Answer, read_bundle
from kaspi.clients.bundle_payloads import ProtocolWords, bundle, protocol
from kaspi.errors import (
    PayloadUnreadable,
    PushBanned,
    PushRejected,
    PushUnanswered,
    SessionDead,
    WalledOff,
)
from kaspi.push_ports import Declined, Fate, ProtocolRow, Taken, Unheard

pytestmark = pytest.mark.unit

HTML = b"<!DOCTYPE html><html><body>403 Forbidden</body></html>"


def said(raw, *, names_job=True):
    return bundle(raw, skus=("A", "B"), names_job=names_job)


@pytest.mark.parametrize(
    ("raw", "answers"),
    [
        pytest.param({"id": "j"}, (Taken("A", "j"), Taken("B", "j")), id="one job for all"),
        pytest.param(
            [{"sku": "B", "id": "2"}, {"sku": "A", "id": 1}],
            (Taken("A", "1"), Taken("B", "2")),
            id="a row for each",
        ),
        pytest.param(
            {"items": [{"sku": "A", "jobId": "1"}, {"sku": "B", "error": "Нет цены"}]},
            (Taken("A", "1"), Declined("B", "push-rejected", "Нет цены")),
            id="rows, one refused",
        ),
        pytest.param(
            [{"sku": "A", "id": "1"}, {"sku": "B", "message": "Нет цены"}],
            (Taken("A", "1"), Declined("B", "push-rejected", "Нет цены")),
            id="a row with a message and no job",
        ),
        pytest.param(
            {"id": "j", "errorOffers": [{"sku": "B", "errorCode": "BAD"}]},
            (Taken("A", "j"), Declined("B", "push-rejected", "BAD")),
            id="a job, and the refused ones",
        ),
        pytest.param(
            {"merchantUid": "1", "valid": False, "errorOffers": [{"sku": "B"}]},
            (Taken("A"), Declined("B", "push-rejected")),
            id="the refused ones only",
        ),
        pytest.param(
            [{"sku": "A", "valid": False}, {"sku": "B", "valid": True}],
            (Declined("A", "push-rejected"), Taken("B")),
            id="rows that are valid or not",
        ),
        pytest.param([{"sku": "A", "id": "1"}], (Taken("A", "1"), Unheard("B")), id="one of two"),
        pytest.param(
            {"id": "j", "errors": [{"message": "Bad Request"}]},
            (Unheard("A"), Unheard("B")),
            id="a refusal of nobody knows what",
        ),
        pytest.param(
            [{"id": "1"}, {"id": "2"}], (Unheard("A"), Unheard("B")), id="rows without a sku"
        ),
        pytest.param(
            {"id": "j", "data": [{"sku": "C", "id": "3"}]},
            (Taken("A", "j"), Taken("B", "j")),
            id="a sku that nobody sent",
        ),
    ],
)
def test_every_statement_of_a_bundle_gets_its_answer(raw, answers):
    assert tuple(said(raw).values()) == answers


@pytest.mark.parametrize("raw", [{}, [], {"status": "OK"}], ids=str)
def test_an_answer_without_a_job_is_unreadable_unless_none_is_named(raw):
    with pytest.raises(PayloadUnreadable):
        said(raw)

    assert tuple(said(raw, names_job=False).values()) == (Taken("A"), Taken("B"))


def read(status, body=b"", *, names_job=True, is_whole=True, **headers):
    return read_bundle(
        Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body),
        skus=("A",),
        names_job=names_job,
        is_whole=is_whole,
        wall_s=10,
        ban_s=1800,
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param((429,), PushBanned, id="429"),
        pytest.param((400, b'{"message": "no"}'), PushRejected, id="400"),
        pytest.param((401,), SessionDead, id="401"),
        pytest.param((403, b'{"message": "no"}'), SessionDead, id="403 json"),
        pytest.param((403, HTML), WalledOff, id="403 html"),
        pytest.param((502,), PushUnanswered, id="502"),
        pytest.param((200, HTML), PushUnanswered, id="a page with 200"),
        pytest.param((200,), PushUnanswered, id="empty 200"),
        pytest.param((200, b'{"id": "6'), PushUnanswered, id="cut json"),
    ],
)
def test_the_answers_to_a_whole_bundle_have_their_meanings(answer, error):
    with pytest.raises(error) as caught:
        read(*answer)

    assert type(caught.value) is error


def test_nothing_with_200_is_acceptance_where_no_job_is_named():
    assert read(200, names_job=False) == {"A": Taken("A")}


def test_a_refusal_of_what_may_not_be_whole_leaves_all_open():
    with pytest.raises(PushUnanswered):
        read(400, is_whole=False)


def rows(*found):
    return protocol(list(found), words=ProtocolWords())


def test_a_row_of_the_protocol_is_read_with_all_it_may_have():
    row = {
        "sku": "A",
        "id": "65f0c0ffee00112233445566",
        "status": "PROCESSED",
        "message": "Не указано наличие в прайс листе",
        "date": "2026-09-01T10:20:30.123456789",
        "appliedBeforeDateTime": "2026-09-01T11:20:30",
    }

    assert rows(row)["A"] == ProtocolRow(
        sku="A",
        fate=Fate.DONE,
        status="PROCESSED",
        remarks="Не указано наличие в прайс листе",
        job_id="65f0c0ffee00112233445566",
        noted_at=datetime(2026, 9, 1, 10, 20, 30, 123456, tzinfo=UTC),
        applied_before=datetime(2026, 9, 1, 11, 20, 30, tzinfo=UTC),
    )


def test_a_sku_is_all_that_a_row_must_have():
    assert rows({"sku": 77}) == {"77": ProtocolRow("77", Fate.UNKNOWN)}


@pytest.mark.parametrize(
    ("row", "fate"),
    [
        ({"status": "in_progress"}, Fate.PENDING),
        ({"operationType": "IN_PROGRESS"}, Fate.PENDING),
        ({"state": "APPLIED"}, Fate.DONE),
        ({"status": "ERROR"}, Fate.REFUSED),
        ({"status": "ON_THE_MOON"}, Fate.UNKNOWN),
        ({"status": None}, Fate.UNKNOWN),
    ],
    ids=str,
)
def test_a_fate_is_a_word_that_we_know_or_unknown(row, fate):
    assert rows({"sku": "A"} | row)["A"].fate is fate


def test_of_several_rows_of_a_sku_the_latest_counts():
    old = {"sku": "A", "status": "ERROR", "date": "2026-09-01T10:00:00"}
    new = {"sku": "A", "status": "PROCESSED", "date": "2026-09-01T10:00:01"}
    undated = {"sku": "A", "status": "IN_PROGRESS"}

    fates = [rows(*order)["A"].fate for order in [(old, new), (new, old), (undated, new, old)]]

    assert fates == [Fate.DONE] * 3


@pytest.mark.parametrize("name", ["data", "content", "items", "offers"])
def test_the_protocol_is_found_under_every_name(name):
    assert protocol({name: [{"sku": "A"}]}, words=ProtocolWords()).keys() == {"A"}


@pytest.mark.parametrize("raw", [{}, {"data": {}}, [7], [{}], None, "text"], ids=str)
def test_a_protocol_of_another_shape_is_no_empty_one(raw):
    with pytest.raises(PayloadUnreadable):
        protocol(raw, words=ProtocolWords())


def test_words_are_a_switch():
    words = ProtocolWords(done=frozenset({"READY"}))

    found = protocol(json.loads('[{"sku": "A", "status": "READY"}]'), words=words)

    assert found["A"].fate is Fate.DONE
