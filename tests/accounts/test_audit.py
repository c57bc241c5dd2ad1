import pytest
from django.db import transaction

from accounts.models import Actor, AuditEntry
from accounts.services import audit
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from tests.factories import NOW

pytestmark = pytest.mark.db


def record(seller, **said):
    given = {"action": "product.changed", "subject": "product", "subject_id": 7, "now": NOW}
    audit.record(seller=seller, **{**given, **said})


def test_an_entry_says_who_changed_what_from_what_to_what(seller, stranger):
    seller.acting = Actor(user_id=stranger.pk, email="stranger@example.kz", key_prefix="dk_1")

    record(seller, changes={"floor_tiyn": (None, Money.tenge(900)), "same": (1, 1)})

    entry = AuditEntry.rows.get()
    assert (entry.user, entry.actor, entry.at) == (seller, stranger, NOW)
    assert (entry.action, entry.subject, entry.subject_id) == ("product.changed", "product", "7")
    assert entry.changes == {"floor_tiyn": [None, 90000]}
    assert (entry.actor_email, entry.key_prefix) == ("stranger@example.kz", "dk_1")


def test_what_nobody_did_the_house_did(seller):
    record(seller)

    entry = AuditEntry.rows.get()
    assert (entry.actor, entry.actor_email, entry.changes) == (None, "", {})


def test_what_changes_nothing_leaves_no_entry(seller):
    record(seller, changes={"floor_tiyn": (None, None)})

    assert AuditEntry.rows.count() == 0


def test_an_entry_goes_with_the_change_that_was_rolled_back(transactional_db, seller):
    with transaction.atomic():
        record(seller)
        transaction.set_rollback(True)

    assert AuditEntry.rows.count() == 0


def test_an_entry_outside_a_transaction_is_refused(transactional_db, seller):
    with pytest.raises(transaction.TransactionManagementError, match=r"product\.changed"):
        record(seller)


def test_a_secret_is_never_written_down(seller):
    values = {
        "token": (Secret(""), Secret("s3cret")),
        "many": (None, [NOW, {"deep": Secret("s3cret")}]),
        "other": (1.5, seller),
    }

    record(seller, changes=values)

    assert AuditEntry.rows.get().changes == {
        "token": ["", "…"],
        "many": [None, ["2026-03-02T09:00:00+00:00", {"deep": "…"}]],
        "other": [1.5, "seller@example.kz"],
    }


def test_states_are_paired_by_field():
    pairs = audit.differences({"mode": "LIVE", "step": 1}, {"step": 2, "ending": "90"})

    assert pairs == {"ending": (None, "90"), "mode": ("LIVE", None), "step": (1, 2)}
