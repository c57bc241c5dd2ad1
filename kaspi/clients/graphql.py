"""The cabinet's GraphQL facade: a few named operations, whose errors come with status 200."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from kaspi.clients.answers import Answer, read_cabinet
from kaspi.clients.config import KaspiConfig
from kaspi.clients.fields import Fields
from kaspi.clients.transport import Call, HttpSession
from kaspi.errors import KaspiError, RequestRefused, SessionDead
from kaspi.ports import City, StorePoint


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to ask, by the name under which Kaspi's own pages ask it."""

    name: str
    query: str


POINTS = Operation(
    "getPointList",
    "query getPointList($merchantUid: String!) { merchant(id: $merchantUid) { points "
    "{ id enabled name type virtual city { id name } "
    "address { streetName streetNumber building phone name } } } }",
)
CITIES = Operation("getCities", "query getCities { cities { id name } }")


class Facade:
    """Asks operations with one session. Raises what every read of the cabinet raises."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig) -> None:
        self._session = session
        self._config = config

    async def ask(self, operation: Operation, variables: Mapping[str, Any]) -> Fields:
        """Ask once and return ``data``; a read, so it may be asked again."""
        body = {
            "operationName": operation.name,
            "variables": variables,
            "query": operation.query,
        }
        call = Call(
            name=f"cabinet.{operation.name}",
            method="POST",
            url=f"{self._config.cabinet_url}/mc/facade/graphql",
            walls=self._config.cabinet(self._session.address),
            params={"opName": operation.name},
            body=orjson.dumps(body),
            headers={**self._config.cabinet_headers, "Content-Type": "application/json"},
        )
        return await self._session.read(call, partial(self._judge, operation))

    def _judge(self, operation: Operation, answer: Answer) -> Fields:
        raw = Fields(read_cabinet(answer, wall_s=self._config.wall_s), "")
        # Before the data: half an answer with an error beside it is an error.
        errors = raw.rows("errors")
        if errors:
            raise self._refusal(operation, errors[0][1])
        return Fields(raw.raw("data"), "data")

    def _refusal(self, operation: Operation, error: Any) -> KaspiError:
        message = error.get("message") if isinstance(error, Mapping) else None
        said = str(message or "no reason given")[:200]
        if any(word in said.lower() for word in self._config.graphql_session_words):
            return SessionDead()
        return RequestRefused(f"Kaspi refused {operation.name}: {said}.")


def points(data: Fields) -> tuple[StorePoint, ...]:
    """Read the answer to ``POINTS``, every point once."""
    merchant = Fields(data.raw("merchant"), data.place("merchant"))
    rows = [Fields(row, where) for where, row in merchant.rows("points")]
    found = [
        StorePoint(
            point_id=row.text("id"),
            name=row.text_or("", "name") or "",
            city=_city(row),
            address=_address(row),
            is_enabled=row.flag_or_none("enabled") is not False,
        )
        for row in rows
    ]
    return tuple({point.point_id: point for point in found}.values())


def _city(row: Fields) -> City | None:
    raw = row.raw("city")
    if not isinstance(raw, Mapping):
        return None
    city = Fields(raw, row.place("city"))
    city_id = city.text_or(None, "id")
    return City(city_id, city.text_or("", "name") or "") if city_id else None


def _address(row: Fields) -> str:
    """The address in one line: as Kaspi writes it whole, else street, number and building."""
    raw = row.raw("address")
    if not isinstance(raw, Mapping):
        return ""
    address = Fields(raw, row.place("address"))
    parts = [address.text_or("", name) for name in ("streetName", "streetNumber", "building")]
    return address.text_or("", "name") or " ".join(part for part in parts if part)


def cities(data: Fields) -> tuple[City, ...]:
    """Read the answer to ``CITIES``, every city once. A city without a name is called by its id."""
    rows = [Fields(row, where) for where, row in data.rows("cities")]
    found = {row.text("id"): row.text_or("", "name") or row.text("id") for row in rows}
    return tuple(City(city_id, name) for city_id, name in found.items())
