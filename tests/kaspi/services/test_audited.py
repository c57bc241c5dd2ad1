"""Whatever a seller does with stores leaves an entry, and no secret in it."""

import io

import pytest

from accounts.models import AuditEntry
from cube_demper.kernel.sealing import Secret
from kaspi.models import LoginState
from kaspi.services import (
    imports,
    logins,
    orders_access,
    price_lists,
    removals,
    sessions,
    syncs,
)
from kaspi.services.stores import rename_store
from tests.factories import NOW, make_login, make_session, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    session = make_session(user=seller, password=Secret("Kaspi-2026"))
    return make_store(user=seller, session=session)


def entries():
    """What was done to what, in its order."""
    rows = AuditEntry.rows.order_by("pk").values_list("action", "subject", "subject_id", "changes")
    return list(rows)


def test_a_login(seller):
    login = logins.start_login(
        user=seller, account="shop@example.kz", password="Kaspi-2026", now=NOW
    )
    login.state = LoginState.CODE_NEEDED
    login.save()

    logins.enter_code(user=seller, login_id=login.pk, code="4711", now=NOW)

    assert entries() == [
        ("kaspi-login.begun", "kaspi-login", str(login.pk), {"account": [None, "shop@example.kz"]}),
        ("kaspi-login.answered", "kaspi-login", str(login.pk), {"asked": [None, "CODE_NEEDED"]}),
    ]


def test_a_choice_of_a_shop(seller):
    login = make_login(
        user=seller, state=LoginState.CHOOSE_MERCHANT, choices=[{"merchant_id": "30112233"}]
    )

    logins.choose_merchant(user=seller, login_id=login.pk, merchant_id="30112233", now=NOW)

    assert [action for action, *_ in entries()] == ["kaspi-login.answered"]


def test_a_forgotten_password(seller, store):
    sessions.forget_password(user=seller, store_id=store.pk, now=NOW)

    assert entries() == [("store.password-forgotten", "store", str(store.pk), {})]


def test_a_token_for_orders(seller, store):
    orders_access.set_token(user=seller, store_id=store.pk, token="s3cret", now=NOW)
    orders_access.remove_token(user=seller, store_id=store.pk, now=NOW)

    assert entries() == [
        ("orders-token.set", "store", str(store.pk), {}),
        ("orders-token.removed", "store", str(store.pk), {}),
    ]


def test_a_new_name_and_the_end(seller, store):
    rename_store(user=seller, store_id=store.pk, name="Outlet", now=NOW)
    removals.remove_store(user=seller, store_id=store.pk, now=NOW)

    gone = {"merchant_id": [store.merchant_id, None], "name": ["Outlet", None]}
    assert entries() == [
        ("store.renamed", "store", str(store.pk), {"name": ["Electronics", "Outlet"]}),
        ("store.removed", "store", str(store.pk), gone),
    ]


def test_a_claim_and_a_new_address_of_its_price_list(seller):
    store = price_lists.claim_store(user=seller, merchant_id="30112233", name="Shop", now=NOW)
    price_lists.rotate_price_list(user=seller, store_id=store.pk, now=NOW)

    claimed = {"merchant_id": [None, "30112233"], "name": [None, "Shop"]}
    assert entries() == [
        ("store.claimed", "store", str(store.pk), claimed),
        ("price-list.rotated", "store", str(store.pk), {}),
    ]


def test_an_order_to_read_the_catalogue(seller, store):
    syncs.order_sync(user=seller, store_id=store.pk, now=NOW)

    assert entries() == [("store.sync-ordered", "store", str(store.pk), {})]


def test_a_file(seller, store):
    imports.order_import(
        user=seller,
        store_id=store.pk,
        file=io.BytesIO(b"<kaspi_catalog/>"),
        is_archive=False,
        is_whole=True,
        now=NOW,
    )

    said = {"is_whole": [None, True], "is_archive": [None, False]}
    assert entries() == [("store.import-ordered", "store", str(store.pk), said)]
