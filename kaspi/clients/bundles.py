"""Many statements in one request, and the protocol that tells what became of them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from kaspi.clients import bundle_payloads
from kaspi.clients.answers import Answer, read_bundle, read_cabinet
from kaspi.clients.config import KaspiConfig, QuotaCounts
from kaspi.clients.statement import statement
from kaspi.clients.transport import Call, HttpSession
from kaspi.errors import RequestRefused
from kaspi.push_ports import BundleAnswer, Declined, NewPrice, ProtocolRow


class Bundles:
    """One store's bundles, with the session of its cabinet."""

    def __init__(self, *, session: HttpSession, config: KaspiConfig, merchant_id: str) -> None:
        self._session = session
        self._config = config
        self._merchant_id = merchant_id

    @property
    def most(self) -> int:
        """How many statements one bundle may hold: never more than the whole quota."""
        config = self._config
        if config.quota_counts is QuotaCounts.CALLS:
            return config.bundle_most
        return min(config.bundle_most, config.changes_quota)

    async def push(self, changes: Sequence[NewPrice]) -> tuple[BundleAnswer, ...]:
        """Send what can be stated in one request. Raises as ``PushingCabinet.push_bundle``."""
        skus = [change.listing.sku for change in changes]
        if len(set(skus)) < len(skus) or len(skus) > self.most:
            raise ValueError(f"{len(skus)} changes of {len(set(skus))} skus are no bundle")
        stated = {change.listing.sku: self._stated(change) for change in changes}
        bodies = {sku: body for sku, body in stated.items() if not isinstance(body, Declined)}
        answers = {sku: body for sku, body in stated.items() if isinstance(body, Declined)}
        heard = await self._send(bodies) if bodies else {}
        return tuple(answers[sku] if sku in answers else heard[sku] for sku in skus)

    async def protocol(self, skus: Sequence[str]) -> Mapping[str, ProtocolRow]:
        """Read the rows of these skus, so many in a request as the config allows."""
        most = self._config.protocol_most
        rows: dict[str, ProtocolRow] = {}
        for start in range(0, len(skus), most):
            rows |= await self._read_rows(skus[start : start + most])
        return rows

    def _stated(self, change: NewPrice) -> dict[str, Any] | Declined:
        try:
            return statement(
                change.listing,
                change.price,
                merchant_id=self._merchant_id,
                city_prices=change.city_prices,
                shape=self._config.price_shape,
            )
        except RequestRefused as error:
            return Declined(change.listing.sku, error.code, error.detail)

    async def _send(self, bodies: Mapping[str, dict[str, Any]]) -> Mapping[str, BundleAnswer]:
        statements = list(bodies.values())
        call = Call(
            name="cabinet.push_bundle",
            method="POST",
            url=f"{self._config.cabinet_url}/pricefeed/upload/merchant/process/process/batch",
            walls=self._config.cabinet(self._session.address),
            bans=self._config.pushes(self._merchant_id),
            quota=self._config.changes(self._merchant_id),
            quota_uses=self._config.quota_uses(statements),
            body=orjson.dumps(statements),
            headers={**self._config.cabinet_headers, "Content-Type": "application/json"},
        )
        judge = partial(
            read_bundle,
            skus=tuple(bodies),
            names_job=self._config.bundle_names_job,
            is_whole=self._config.bundle_is_whole,
            wall_s=self._config.wall_s,
            ban_s=self._config.push_ban_s,
        )
        return await self._session.write(call, judge)

    async def _read_rows(self, skus: Sequence[str]) -> Mapping[str, ProtocolRow]:
        call = Call(
            name="cabinet.protocol",
            method="POST",
            url=f"{self._config.cabinet_url}/pricefeed/protocol/merchant/offer/list/s",
            walls=self._config.cabinet(self._session.address),
            body=orjson.dumps({"merchantUid": self._merchant_id, "skuList": list(skus)}),
            headers={**self._config.cabinet_headers, "Content-Type": "application/json"},
        )
        rows = await self._session.read(call, self._judge)
        return {sku: rows[sku] for sku in skus if sku in rows}

    def _judge(self, answer: Answer) -> Mapping[str, ProtocolRow]:
        raw = read_cabinet(answer, wall_s=self._config.wall_s)
        return bundle_payloads.protocol(raw, words=self._config.protocol_words)
