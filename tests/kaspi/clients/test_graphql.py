"""What the cabinet's GraphQL facade may answer."""

import asyncio
from contextlib import aclosing

import orjson
import pytest

from kaspi.clients import graphql
from kaspi.clients.config import KaspiConfig
from kaspi.clients.fields import Fields
from kaspi.clients.transport import Transport
from kaspi.errors import PayloadUnreadable, RequestRefused, SessionDead
from kaspi.ports import City, CookieJar, StorePoint
from tests.kaspi.clients.stand_ins import Unlimited, says, scripted

pytestmark = pytest.mark.flow


def ask(answer, operation=graphql.POINTS):
    async def asked():
        async with scripted(answer) as script:
            config = KaspiConfig(
                identity_url=script.url,
                cabinet_url=script.url,
                shop_url=script.url,
                user_agent="Mozilla/5.0",
                read_retries=0,
            )
            transport = Transport(config=config, limiter=Unlimited())
            async with aclosing(transport), transport.session(CookieJar()) as session:
                facade = graphql.Facade(session=session, config=config)
                data = await facade.ask(operation, {"merchantUid": "7"})
            return data, script.requests

    return asyncio.run(asked())


def test_an_operation_is_asked_as_kaspis_own_pages_do():
    _, [(path, headers, body)] = ask(says({"data": {}}))

    asked = orjson.loads(body)
    assert path == "/mc/facade/graphql?opName=getPointList"
    assert (headers["x-auth-version"], headers["content-type"]) == ("3", "application/json")
    assert (asked["operationName"], asked["variables"]) == ("getPointList", {"merchantUid": "7"})


@pytest.mark.parametrize(
    ("errors", "error", "detail"),
    [
        pytest.param(
            [{"message": "Bad Request"}],
            RequestRefused,
            "Kaspi refused getPointList: Bad Request.",
            id="refused",
        ),
        pytest.param(
            [{}], RequestRefused, "Kaspi refused getPointList: no reason given.", id="silent"
        ),
        pytest.param(
            ["odd"], RequestRefused, "Kaspi refused getPointList: no reason given.", id="odd"
        ),
        pytest.param([{"message": "Unauthorized"}], SessionDead, None, id="session over"),
    ],
)
def test_errors_are_read_before_the_data(errors, error, detail):
    half = {"errors": errors, "data": {"merchant": {"points": []}}}

    with pytest.raises(error) as caught:
        ask(says(half))

    assert detail in {None, caught.value.detail}


@pytest.mark.parametrize("answer", [[], {}, {"data": None}, {"data": []}, {"errors": "all"}])
def test_an_answer_without_data_is_unreadable(answer):
    with pytest.raises(PayloadUnreadable):
        ask(says(answer))


@pytest.mark.parametrize(
    ("row", "point"),
    [
        pytest.param(
            {"id": "7_PP1"}, StorePoint("7_PP1", "", None, "", is_enabled=True), id="only an id"
        ),
        pytest.param(
            {
                "id": "7_2",
                "name": "Склад",
                "enabled": False,
                "city": {"id": 750000000},
                "address": {"streetName": "Абая", "streetNumber": "10", "building": None},
            },
            StorePoint("7_2", "Склад", City("750000000", ""), "Абая 10", is_enabled=False),
            id="an address in parts",
        ),
        pytest.param(
            {"id": "7_PP1", "city": "Алматы", "address": "Абая"},
            StorePoint("7_PP1", "", None, "", is_enabled=True),
            id="odd city and address",
        ),
    ],
)
def test_a_point_is_read_as_far_as_it_goes(row, point):
    data = Fields({"merchant": {"points": [row, row]}}, "data")

    assert graphql.points(data) == (point,)


def test_a_city_without_a_name_is_called_by_its_id():
    data = Fields({"cities": [{"id": "750000000", "name": "Алматы"}, {"id": "1"}]}, "data")

    assert graphql.cities(data) == (City("750000000", "Алматы"), City("1", "1"))


@pytest.mark.parametrize(
    ("read", "data", "field"),
    [
        (graphql.points, {}, "data.merchant"),
        (graphql.points, {"merchant": {"points": 7}}, "data.merchant.points"),
        (graphql.points, {"merchant": {"points": [{}]}}, "data.merchant.points[0].id"),
        (graphql.cities, {"cities": [{"name": "Алматы"}]}, "data.cities[0].id"),
    ],
)
def test_what_is_vital_is_named_when_it_is_missing(read, data, field):
    with pytest.raises(PayloadUnreadable) as caught:
        read(Fields(data, "data"))

    assert caught.value.field == field
