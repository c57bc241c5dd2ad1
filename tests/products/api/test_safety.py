import pytest

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Store
from products.models import Change, ChangeState, Hold, Market, Product
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


@pytest.fixture
def foreign(stranger):
    return make_product(store=make_store(user=stranger), market=make_market())


def propose(product):
    return make_change(
        decision=make_decision(product=product), state=ChangeState.PROPOSED, hold=Hold.LEAP
    )


def test_what_waits_for_a_yes_is_listed_with_its_reason(api, product, foreign):
    change = propose(product)
    propose(foreign)

    [row] = api.get("/products/proposals").json()["results"]

    assert row == {
        "id": change.pk,
        "product_id": product.pk,
        "state": "proposed",
        "hold": "leap",
        "old_price_tiyn": 100_000,
        "price_tiyn": 98_900,
        "reason": "undercut",
        "explanation": {"en": "One step below Rival."},
        "decided_at": "2026-03-02T09:00:00Z",
        "expires_at": "2026-03-02T09:00:00Z",
    }


@pytest.mark.parametrize(("answer", "state"), [("approve", "pending"), ("reject", "superseded")])
def test_a_proposal_is_answered_once(api, product, answer, state):
    propose(product)

    first = api.post(f"/products/{product.pk}/proposal/{answer}")
    second = api.post(f"/products/{product.pk}/proposal/{answer}")

    assert (first.status_code, first.json()["state"]) == (200, state)
    assert second.status_code == 404
    assert second.json()["type"].endswith("proposal-missing")


def test_a_proposal_is_checked_once_more_when_it_is_approved(api, product):
    propose(product)
    Product.rows.update(floor=Money.tenge(995))

    response = api.post(f"/products/{product.pk}/proposal/approve")

    assert response.status_code == 422
    assert response.json()["type"].endswith("outside-corridor")
    assert Change.rows.get().state == ChangeState.PROPOSED


@pytest.mark.parametrize("answer", ["approve", "reject"])
def test_nobody_answers_for_others(api, foreign, answer):
    propose(foreign)

    response = api.post(f"/products/{foreign.pk}/proposal/{answer}")

    assert response.status_code == 404
    assert Change.rows.get().state == ChangeState.PROPOSED


def test_a_store_is_paused_with_all_that_is_not_sent(api, product):
    change = make_change(decision=make_decision(product=product))

    document = api.post(f"/kaspi/stores/{product.store_id}/pause").json()

    change.refresh_from_db()
    assert document["is_paused"] is True
    assert change.state == ChangeState.SUPERSEDED


def test_a_store_that_was_stopped_goes_on_and_is_looked_at(api, product):
    Store.rows.update(is_paused=True, attention=Attention.PRICES_JUMPED)
    Product.rows.update(anchor=Money.tenge(1000))
    Market.objects.update(next_look_at=NOW.replace(year=2099))

    document = api.post(f"/kaspi/stores/{product.store_id}/resume").json()

    assert (document["is_paused"], document["attention"]) == (False, "")
    assert Market.objects.get().next_look_at.year < 2099
    assert Product.rows.get().anchor is None


def test_an_undo_tells_how_many_go_back(api, product):
    make_change(
        decision=make_decision(product=product),
        state=ChangeState.APPLIED,
        old_price=Money.tenge(1100),
    )
    Change.rows.update(decided_at="2126-01-01T00:00:00Z")

    response = api.post(f"/kaspi/stores/{product.store_id}/undo", {"hours": 3})

    assert response.json() == {"products": 1, "left": 0}


@pytest.mark.parametrize("body", [{}, {"hours": 0}, {"hours": 73}, {"hours": "3"}, {"days": 1}])
def test_an_undo_of_nonsense_is_refused(api, product, body):
    assert api.post(f"/kaspi/stores/{product.store_id}/undo", body).status_code == 422


def test_nobody_stops_or_undoes_for_others(api, foreign):
    for name, body in (("pause", {}), ("resume", {}), ("undo", {"hours": 1})):
        response = api.post(f"/kaspi/stores/{foreign.store_id}/{name}", body)
        assert response.status_code == 404
    assert not Store.rows.get().is_paused
