import getpass
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.errors import EmailTaken
from accounts.models import AuditEntry, Role, User
from accounts.services.joining import register_operator, register_seller
from accounts.services.sign_ins import forget_sign_ins
from accounts.tasks import forget_tokens as forget_tokens_task
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db


def test_an_operator_has_every_right_and_a_seller_none(db):
    operator = register_operator(email="o@example.kz", password="fair-price-2026", now=NOW)
    seller = register_seller(email="s@example.kz", password="fair-price-2026", now=NOW)

    assert (operator.role, operator.is_staff, operator.is_superuser) == (Role.ADMIN, True, True)
    assert (seller.role, seller.is_staff, seller.is_superuser) == (Role.USER, False, False)
    assert (operator.has_perm("any.thing"), operator.has_module_perms("any")) == (True, True)
    assert (seller.has_perm("any.thing"), seller.has_module_perms("any")) == (False, False)


def test_a_blocked_operator_has_no_rights(db):
    operator = make_user(role=Role.ADMIN, is_active=False)

    assert (operator.is_staff, operator.has_perm("any.thing")) == (False, False)


def test_of_two_registrations_at_once_one_wins(transactional_db):
    together = threading.Barrier(2)

    def race(email):
        together.wait()
        try:
            register_seller(email=email, password="fair-price-2026", now=NOW)
        except EmailTaken:
            return "taken"
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(race, ["a@example.kz", "A@example.kz"]))

    assert outcomes == ["registered", "taken"]
    assert User.objects.count() == 1


def test_the_database_refuses_an_unknown_role(db):
    with pytest.raises(IntegrityError, match="user_role_is_known"):
        make_user(role="OWNER")  # type: ignore[arg-type]  # what the constraint is there for


def test_the_timetable_forgets_tokens(seller):
    RefreshToken.for_user(seller)
    OutstandingToken.objects.update(expires_at=NOW)

    forget_tokens_task(old_word="from before")

    assert OutstandingToken.objects.count() == 0


def test_expired_refresh_tokens_are_forgotten(seller):
    kept = RefreshToken.for_user(seller)
    expired = RefreshToken.for_user(seller)
    expired.blacklist()
    OutstandingToken.objects.filter(jti=expired["jti"]).update(expires_at=NOW)

    forgotten = forget_sign_ins(now=NOW)

    assert forgotten == 1
    assert OutstandingToken.objects.get().jti == kept["jti"]


def test_finding_a_user_by_email_uses_the_index_of_the_constraint(db):
    make_user(email="a@example.kz")

    with CaptureQueriesContext(connection) as queries:
        User.objects.get_by_natural_key("A@EXAMPLE.KZ")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of one row needs no index
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = str(cursor.fetchall())

    assert "one_user_per_email" in plan


@pytest.fixture
def operator_password(monkeypatch):
    """Set the password that the command would ask for."""

    def use(password):
        monkeypatch.setenv("OPERATOR_PASSWORD", password)

    return use


def test_an_operator_is_made_from_the_command_line(db, operator_password, capsys):
    operator_password("night-watch-2026")

    call_command("create_operator", "operator@example.kz")

    assert User.objects.get().is_operator
    [entry] = AuditEntry.rows.all()
    assert (entry.user, entry.action) == (User.objects.get(), "operator.created")
    assert entry.actor_email == f"{getpass.getuser()}@shell"
    assert capsys.readouterr().out == "operator@example.kz may now log in at /admin/.\n"


def test_an_operator_with_a_weak_password_is_not_made(db, operator_password):
    operator_password("secret")

    with pytest.raises(CommandError, match="This password is too short"):
        call_command("create_operator", "operator@example.kz")

    assert User.objects.count() == 0


def test_an_operator_without_an_address_is_not_made(db, operator_password):
    operator_password("night-watch-2026")

    with pytest.raises(CommandError, match="'nonsense' is not an e-mail address"):
        call_command("create_operator", "nonsense")

    assert User.objects.count() == 0
