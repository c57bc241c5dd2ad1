"""Every call that our client can make, held against the provider's description."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from billing.ports import Initiator, NotificationKind
from tests.billing.clients.asking import ODD_PRICE, PRICE, a_charge, a_request, a_schedule, a_token
from tests.sandbox.tiptoppay.contract import Contract

pytestmark = pytest.mark.flow


def test_every_call_of_ours_is_as_described(provider, client, shared_folder: Path):
    description = shared_folder / "contracts" / "tiptoppay-openapi.json"
    if not description.exists():
        pytest.skip(f"no {description.name} beside the project")
    contract = Contract(description)
    do_everything(provider, client)

    calls = provider.ask("requests")["requests"]
    for call in calls:
        contract.judge_call(call["path"], orjson.loads(call["body"]))

    assert {call["path"] for call in calls} == {
        *(f"/payments/{step}" for step in ("get", "confirm", "void", "refund", "list")),
        *("/payments/tokens/charge", "/payments/tokens/auth", "/v2/payments/find", "/test"),
        *(f"/subscriptions/{step}" for step in ("create", "get", "find", "update", "cancel")),
        *("/orders/create", "/orders/cancel"),
        *(
            f"/site/notifications/{kind}/{step}"
            for kind in NotificationKind
            for step in ("get", "update")
        ),
    }


def do_everything(provider, client) -> None:
    token = a_token(provider, client)
    charge = a_charge(token, email="a@example.kz", initiator=Initiator.PAYER)
    paid = client.charge(charge, request_id="one").transaction.transaction_id
    held = client.authorise(a_charge(token), request_id="two").transaction.transaction_id
    client.confirm(held, PRICE, request_id="three")
    client.void(held, request_id="four")
    client.refund(paid, ODD_PRICE, request_id="five")
    client.transaction(paid)
    client.payment_by("inv-2")
    client.operations_of(datetime.now(UTC).date())
    back = {"success_url": "https://house.example/ok", "fail_url": "https://house.example/no"}
    client.cancel_link(client.make_link(a_request(**back), request_id="six").link_id)
    asked = a_schedule(token, max_periods=12, email="a@example.kz")
    made = client.make_schedule(asked, request_id="seven").schedule_id
    client.change_schedule(made, amount=PRICE, description="plan")
    client.schedules_of("tenant-1")
    client.cancel_schedule(made)
    for kind in NotificationKind:
        client.set_hook(kind, f"https://house.example/{kind}")
        client.hook(kind)
    client.ping()
