"""The rows of the error catalogue that bundles and the protocol meet, over real HTTP."""

from typing import Any

import orjson
import pytest

from kaspi.errors import KaspiUnavailable, PushBanned, PushRejected, PushUnanswered, SessionDead
from kaspi.push_ports import Fate, ProtocolRow, Taken
from tests.kaspi.clients.stand_ins import hangs_up, says, stalls
from tests.kaspi.clients.talk import Talk

pytestmark = pytest.mark.flow

JOB = {"id": "65f0c0ffee00112233445566"}
POINT = {"storeId": "12345678_PP1", "available": "yes", "preOrder": 0}
ROW: dict[str, Any] = {
    "sku": "CHAIR-77",
    "masterSku": "100200301",
    "price": 24990,
    "availabilities": [POINT],
}
LISTED = says({"data": [ROW], "total": 1})
PAGE = says(b"<html><body>Access denied</body></html>", Content_Type="text/html")
BROKEN = pytest.mark.parametrize(
    "broken", [hangs_up, stalls, says(b"", status=502)], ids=["reset", "slow body", "5xx"]
)


@pytest.mark.parametrize("body", [b"", b'{"message": "denied"}'], ids=["empty", "json"])
def test_rows_01_and_03_a_dead_session_takes_no_bundle(body):
    bundle, protocol = Talk(LISTED, says(body, status=403)), Talk(says(b"", status=401))

    assert (bundle.bundle(), bundle.requests) == (SessionDead, 2)
    assert (protocol.protocol(), protocol.requests) == (SessionDead, 1)


def test_row_05_429_on_a_bundle_bans_that_shop_and_nobody_else():
    talk = Talk(LISTED, says(b"", status=429))

    assert (talk.bundle(), talk.requests) == (PushBanned, 2)
    assert talk.frozen == [("kaspi:push:12345678", 1800.0)]


def test_row_07_a_page_with_200_is_neither_an_accepted_bundle_nor_an_empty_protocol():
    assert Talk(LISTED, PAGE).bundle() == PushUnanswered
    assert Talk(PAGE).protocol() == KaspiUnavailable


def test_row_12_an_accepted_bundle_is_only_a_job():
    assert Talk(LISTED, says(JOB)).bundle() == (Taken("CHAIR-77", JOB["id"]),)


def test_row_12_that_a_job_failed_only_the_protocol_tells():
    row = {"sku": "CHAIR-77", "id": "1", "status": "ERROR", "message": "Внутренняя ошибка"}

    assert Talk(says([row])).protocol() == {
        "CHAIR-77": ProtocolRow("CHAIR-77", Fate.REFUSED, "ERROR", "Внутренняя ошибка", "1")
    }


def test_row_13_a_statement_may_be_done_and_the_product_off_sale():
    row = {"sku": "CHAIR-77", "status": "PROCESSED", "message": "Не указано наличие"}

    told = Talk(says([row])).protocol()["CHAIR-77"]

    assert (told.fate, told.remarks) == (Fate.DONE, "Не указано наличие")


def test_row_14_a_bundle_states_every_point_it_has_read():
    points = [POINT | {"storeId": f"12345678_PP{n}", "preOrder": n} for n in (1, 2, 3)]
    stated: list[Any] = []

    async def takes(request: Any) -> Any:
        stated.append(orjson.loads(await request.read()))
        return await says(JOB)(request)

    Talk(says({"data": [ROW | {"availabilities": points}], "total": 1}), takes).bundle()

    assert [(p["storeId"], p["preOrder"]) for p in stated[0][0]["availabilities"]] == [
        ("12345678_PP1", 1),
        ("12345678_PP2", 2),
        ("12345678_PP3", 3),
    ]


@BROKEN
def test_row_29_a_protocol_is_read_again_and_a_bundle_is_never_sent_again(broken):
    read, push = Talk(broken), Talk(LISTED, broken)

    assert issubclass(read.protocol(), KaspiUnavailable)
    assert read.requests == 3
    assert (push.bundle(), push.requests) == (PushUnanswered, 2)


@pytest.mark.parametrize(("is_whole", "error"), [(True, PushRejected), (False, PushUnanswered)])
def test_a_refused_bundle_is_refused_whole_unless_the_switch_says_otherwise(is_whole, error):
    talk = Talk(LISTED, says({"message": "Нет цены"}, status=400))

    assert (talk.bundle(bundle_is_whole=is_whole), talk.requests) == (error, 2)
