"""Whatever a seller changes leaves an entry that says from what to what."""

import pytest

from accounts.models import AuditEntry
from cube_demper.kernel.money import Money
from kaspi.models import Channel
from products.errors import FloorAboveCeiling
from products.models import BulkKind, ChangeState
from products.pricing.model import Corridor
from products.services.bulk_edits import Line, Order, order_edit
from products.services.channels import choose_channel
from products.services.cities import price_city, release_city
from products.services.corridors import change_product
from products.services.pausing import pause_store, resume_store
from products.services.proposals import approve, reject
from products.services.sheets import change_sheet
from products.services.undo import undo_store
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db

ASTANA = "710000000"


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    cities = {"750000000": 100000, ASTANA: 100000}
    return make_product(store=store, market=make_market(), city_prices=cities)


def left(action):
    """The subject and the changes of the only entry of this action."""
    entry = AuditEntry.rows.get(action=action)
    return entry.subject, entry.subject_id, entry.changes


def test_a_corridor_and_rules(seller, product):
    changes = {"floor": Money.tenge(950), "is_priority": True, "rules": {"ending": "90"}}

    change_product(user=seller, product_id=product.pk, changes=changes, now=NOW)

    assert left("product.changed") == (
        "product",
        str(product.pk),
        {
            "floor_tiyn": [90000, 95000],
            "is_priority": [False, True],
            "rules.ending": [None, "90"],
        },
    )


def test_a_refused_change_leaves_none(seller, product):
    changes = {"floor": Money.tenge(9000)}

    with pytest.raises(FloorAboveCeiling):
        change_product(user=seller, product_id=product.pk, changes=changes, now=NOW)

    assert AuditEntry.rows.count() == 0


def test_what_was_so_before_leaves_none(seller, product):
    change_product(user=seller, product_id=product.pk, changes={"floor": product.floor}, now=NOW)

    assert AuditEntry.rows.count() == 0


def test_a_citys_corridor(seller, product):
    corridor = Corridor(Money.tenge(800), Money.tenge(1200), Money.tenge(2))
    where = {"user": seller, "product_id": product.pk, "city_id": ASTANA, "now": NOW}

    price_city(corridor=corridor, **where)
    release_city(**where)

    assert left("product.city-priced")[2]["floor_tiyn"] == [None, 80000]
    assert left("product.city-released") == (
        "product",
        str(product.pk),
        {
            "city_id": [None, ASTANA],
            "floor_tiyn": [80000, None],
            "ceiling_tiyn": [120000, None],
            "step_tiyn": [200, None],
        },
    )


@pytest.mark.parametrize("is_whole_account", [True, False], ids=["account", "store"])
def test_a_sheet(seller, store, is_whole_account):
    store_id = None if is_whole_account else store.pk

    change_sheet(user=seller, store_id=store_id, changes={"mode": "SHADOW"}, now=NOW)

    subject = ("account", str(seller.pk)) if is_whole_account else ("store", str(store.pk))
    assert left("rules.changed") == (*subject, {"mode": [None, "SHADOW"]})


def test_a_pause_and_its_end(seller, store):
    pause_store(user=seller, store_id=store.pk, now=NOW)
    resume_store(user=seller, store_id=store.pk, now=NOW)

    assert left("store.paused")[2] == {"is_paused": [False, True]}
    assert left("store.resumed")[2] == {"is_paused": [True, False]}


@pytest.mark.parametrize(
    ("answer", "action"), [(approve, "proposal.approved"), (reject, "proposal.rejected")]
)
def test_an_answer_to_a_proposal(seller, product, answer, action):
    make_change(decision=make_decision(product=product), state=ChangeState.PROPOSED)

    answer(user=seller, product_id=product.pk, now=NOW)

    assert left(action) == ("product", str(product.pk), {"price_tiyn": [100000, 98900]})


def test_a_channel(seller):
    store = make_claimed_store(user=seller)
    AuditEntry.rows.all().delete()
    store.session = make_store(user=seller).session
    store.save()

    choose_channel(user=seller, store_id=store.pk, channel=Channel.CABINET, now=NOW)

    assert left("store.channel-chosen")[2] == {"channel": ["PRICE_LIST", "CABINET"]}


def test_an_undo(seller, store):
    undo_store(user=seller, store_id=store.pk, hours=3, now=NOW)

    assert left("store.undone") == ("store", str(store.pk), {"hours": [None, 3]})


def test_a_bulk_edit(seller, product):
    order = Order([Line(product.pk, product.sku)], {"is_paused": True}, is_whole=False)

    edit = order_edit(user=seller, order=order, clock=lambda: NOW)

    assert left("products.bulk-changed") == (
        "bulk-edit",
        str(edit.pk),
        {"kind": [None, BulkKind.EDIT], "products": [None, 1]},
    )
