"""`manage.py import_tariff`: for the operator, when Kaspi changes what it keeps."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cube_demper.kernel.money import Money
from products.models import Market, TariffTable
from products.pricing.model import Percent
from products.services.rulebook import rules_of, tariff_at
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
HEAD = "category_path,leaf,commission_pct_without_vat,commission_pct_with_vat"


@pytest.fixture
def table(tmp_path):
    def written(*rows, head=HEAD):
        file = tmp_path / "tariff.csv"
        file.write_text("\n".join([head, *rows]), encoding="utf-8")
        return str(file)

    return written


def run(*arguments):
    out = StringIO()
    call_command("import_tariff", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_tariff_moves_the_floors_of_costs_from_its_first_day(db, seller, table):
    product = make_product(
        store=make_store(user=seller),
        market=make_market(next_look_at=NOW.replace(year=2099)),
        rules={"cost_tiyn": 80_000, "category": "Продукты Чай"},
    )
    before = rules_of(product, now=NOW).margin_floor

    said = run(
        table("Продукты Чай,Чай,17.86,20", "Обувь Туфли,Туфли,10,11", "Обувь Сапоги,Сапоги,10,11"),
        "--from",
        "2026-03-01",
    )

    assert before == Money.tenge(863)  # 7.3 %
    assert rules_of(product, now=NOW).margin_floor == Money.tenge(1000)
    assert said == (
        "From 2026-03-01: 11 % as a rule, 1 exceptions.\nImported; 1 markets will be looked at.\n"
    )
    assert Market.objects.get().next_look_at.year < 2099


def test_a_table_of_the_same_day_takes_the_place_of_the_first(db, table):
    run(table("Обувь,Обувь,10,11"), "--from", "2026-03-01")
    run(table("Обувь,Обувь,10,12"), "--from", "2026-03-01")

    assert TariffTable.objects.count() == 1
    assert tariff_at(NOW).rate("Обувь").with_vat == Percent(12_00)


def test_a_dry_run_writes_nothing(db, table):
    said = run(table("Обувь,Обувь,10,11"), "--from", "2026-03-01", "--dry-run")

    assert said == "From 2026-03-01: 11 % as a rule, 0 exceptions.\n"
    assert not TariffTable.objects.exists()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Обувь,Обувь,10", "Line 2"),
        ("Обувь,Обувь,10,eleven", "Line 2"),
        ("Обувь,Обувь,10,11.005", "Line 2"),
        ("Обувь,Обувь,10,100", "Line 2"),
        ("Обувь,Обувь,10,-1", "Line 2"),
        ("Обувь,Обувь,10,11\nОбувь,Обувь,10,12", "two rates"),
    ],
)
def test_a_broken_table_is_refused_whole(db, table, row, fault):
    with pytest.raises(CommandError, match=fault):
        run(table(row), "--from", "2026-03-01")

    assert not TariffTable.objects.exists()


def test_another_file_is_refused(db, table, tmp_path):
    with pytest.raises(CommandError, match="Line 2"):
        run(table("1,2", head="a,b"), "--from", "2026-03-01")
    with pytest.raises(CommandError, match="at least one row"):
        run(table(), "--from", "2026-03-01")
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "none.csv"), "--from", "2026-03-01")
