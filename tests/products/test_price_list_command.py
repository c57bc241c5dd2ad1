"""`manage.py price_list`: for the person on call."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kaspi.price_list.rules import check
from tests.factories import make_claimed_store, make_entry, make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    store = make_claimed_store(user=seller, merchant_id="30112233")
    make_entry(product=make_product(store=store, market=make_market()))
    return store


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("price_list", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_what_kaspi_is_given(store):
    by_id, by_merchant_id = run(str(store.pk)), run("30112233")

    assert by_id == by_merchant_id
    assert list(check([by_id.encode()], merchant_id="30112233")) == []


def test_it_judges_our_own_list(store):
    assert run("30112233", "--check", "-") == "No faults.\n"


def test_it_names_each_fault_of_a_file_with_its_line(store, tmp_path, capsys):
    file = tmp_path / "list.xml"
    file.write_text(run("30112233").replace("<price>1000</price>", "<price>10.5</price>"))
    out = StringIO()

    with pytest.raises(CommandError, match="1 faults"):
        call_command("price_list", "30112233", "--check", str(file), stdout=out)

    assert out.getvalue() == ("8\tSKU-1\tprice '10.5' is not a whole number of tenge from 10 up\n")


@pytest.mark.parametrize("named", ["1999999999", "no-such-shop", "9" * 40])
def test_an_unknown_store_is_a_sentence(db, named):
    with pytest.raises(CommandError, match="There is no store"):
        run(named)


def test_a_store_without_a_list_is_a_sentence(seller):
    with pytest.raises(CommandError, match="has no price list"):
        run(str(make_store(user=seller).pk))


def test_a_list_of_nothing_known_is_a_sentence(seller):
    store = make_claimed_store(user=seller, is_stated=False)

    with pytest.raises(CommandError, match="Nothing is known"):
        run(str(store.pk))


def test_a_file_that_is_not_there_is_a_sentence(store, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("30112233", "--check", str(tmp_path / "nothing.xml"))
