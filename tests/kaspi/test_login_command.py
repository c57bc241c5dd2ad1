import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from kaspi.models import Login
from tests.factories import NOW, make_login

pytestmark = pytest.mark.db


def test_nobody_is_logged_in_who_has_no_account_here(seller):
    with pytest.raises(CommandError, match="There is no seller"):
        call_command("kaspi_login", "nobody@example.kz", "+7 701 000 00 01")


def test_what_is_no_telephone_number_is_refused_before_anything_begins(seller):
    with pytest.raises(CommandError, match="no Kazakh mobile number"):
        call_command("kaspi_login", seller.email, "12345")

    assert not Login.rows.exists()


def test_an_account_that_is_being_logged_in_to_is_refused_by_its_one_name(seller):
    make_login(user=seller, account="+77010000001", expires_at=NOW.replace(year=2099))

    with pytest.raises(CommandError, match="under way"):
        call_command("kaspi_login", seller.email, "8 (701) 000-00-01")
