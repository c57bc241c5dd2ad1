from typing import cast

import pytest
from django.db import IntegrityError

from accounts.models import (
    ApiKey,
    AuditEntry,
    MailPurpose,
    MailToken,
    Membership,
    Scope,
    SignIn,
    TeamRole,
    User,
)
from tests.factories import NOW, make_helper, make_user

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (ApiKey(prefix="dk_0a1b2c3d", user_id=7), "dk_0a1b2c3d… of user 7"),
        (
            AuditEntry(at=NOW, action="store.paused", subject="store", subject_id="3"),
            "2026-03-02 09:00 store.paused store 3",
        ),
        (
            MailToken(purpose=MailPurpose.PROVE_EMAIL, user_id=7, made_at=NOW),
            "PROVE_EMAIL for user 7, mailed 2026-03-02 09:00",
        ),
        (SignIn(pk=9, user_id=7), "sign-in 9 of user 7"),
        (Membership(pk=4, role=TeamRole.VIEWER, seller_id=7), "VIEWER 4 in the team of user 7"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_row_says_which_one_it_is(row, name):
    assert str(row) == name


def a_key(user, **fields):
    made = {"prefix": "dk_1", "secret_hash": "0" * 64, "scope": Scope.READ, "made_at": NOW}
    return ApiKey.rows.create(user=user, name="Script", **{**made, **fields})


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (lambda user: a_key(user, scope="ADMIN"), "api_key_scope_is_known"),
        (lambda user: [a_key(user), a_key(make_user())], "prefix"),
        (
            lambda user: make_helper(seller=user, role=cast("TeamRole", "BOSS")),
            "team_role_is_known",
        ),
        (lambda user: make_helper(seller=user, helper=user), "nobody_helps_themselves"),
        (lambda user: make_helper(seller=user, accepted_at=None), "a_helper_has_accepted"),
        (
            lambda user: [make_helper(seller=user, email=one) for one in ("a@a.kz", "A@a.kz")],
            "one_invitation_per_email",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_database_refuses_what_must_not_be(seller, make, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make(seller)


def test_a_helper_is_one_of_a_team_once(seller):
    helper = make_user()
    make_helper(seller=seller, helper=helper, email="one@example.kz")

    with pytest.raises(IntegrityError, match="one_membership_per_helper"):
        make_helper(seller=seller, helper=helper, email="two@example.kz")


def test_what_a_seller_had_goes_with_the_seller_and_what_a_helper_did_stays(seller):
    row = make_helper(seller=seller)
    assert row.helper is not None
    AuditEntry.rows.create(user=seller, at=NOW, action="store.paused", actor=row.helper)

    row.helper.delete()
    assert (AuditEntry.rows.get().actor, Membership.rows.count()) == (None, 0)

    seller.delete()
    assert (AuditEntry.rows.count(), User.objects.count()) == (0, 0)
