import csv
from datetime import date

import pytest

from products.pricing.model import Percent
from products.pricing.tariff import TARIFF_2026, Rate, Tariff, fold, tariff_on

pytestmark = pytest.mark.unit
LOW, HIGH = Rate(Percent(5_00), Percent(6_00)), Rate(Percent(9_00), Percent(10_00))


def percent(text: str) -> Percent:
    whole, _, part = text.partition(".")
    return Percent(int(whole) * 100 + int(part.ljust(2, "0")))


@pytest.fixture(scope="module")
def table(shared_folder):
    with (shared_folder / "data" / "kaspi_commission_2026.csv").open(encoding="utf-8") as file:
        return [
            (
                row["category_path"],
                Rate(
                    percent(row["commission_pct_without_vat"]),
                    percent(row["commission_pct_with_vat"]),
                ),
            )
            for row in csv.DictReader(file)
        ]


def test_every_row_of_the_published_table_has_its_rate(table):
    wrong = [path for path, rate in table if TARIFF_2026.rate(path) != rate]

    assert (len(table), wrong) == (4125, [])


def test_the_published_table_folds_to_what_we_carry(table):
    folded = fold(table, valid_from=date(2026, 1, 1))

    assert [path for path, rate in table if folded.rate(path) != rate] == []
    assert len(folded.exceptions) <= len(TARIFF_2026.exceptions)


@pytest.mark.parametrize(
    ("path", "with_vat"),
    [
        pytest.param("Мебель Столы", 12_50, id="nothing said: the usual"),
        pytest.param("Украшения Кольца", 15_50, id="under an exception"),
        pytest.param("Аксессуары Часы Ювелирные часы", 15_50, id="the longest wins"),
        pytest.param("Аксессуары Часы Наручные", 12_50, id="an exception to an exception"),
        pytest.param("Продуктовые наборы", 12_50, id="half a word is another word"),
        pytest.param("", 12_50, id="no category"),
    ],
)
def test_the_longest_path_that_fits_gives_the_rate(path, with_vat):
    assert TARIFF_2026.rate(path).with_vat == Percent(with_vat)


def test_a_table_folds_into_few_exceptions():
    rows = [("a b", HIGH), ("a c", HIGH), ("a d e", LOW), ("a d f", LOW), ("g", HIGH)]

    tariff = fold(rows, valid_from=date(2027, 1, 1))

    assert tariff == Tariff(date(2027, 1, 1), HIGH, (("a d", LOW),))


def test_of_two_rates_as_common_the_one_that_needs_no_exception_is_usual():
    rows = [("a b", LOW), ("a c", HIGH), ("d", HIGH)]

    tariff = fold(rows, valid_from=date(2027, 1, 1))

    assert tariff == Tariff(date(2027, 1, 1), HIGH, (("a b", LOW),))


def test_the_published_table_holds_from_its_day():
    assert TARIFF_2026.valid_from == date(2026, 1, 1)


def test_a_table_that_contradicts_itself_is_refused():
    with pytest.raises(ValueError, match="two rates for a"):
        fold([("a", HIGH), ("a", LOW)], valid_from=date(2027, 1, 1))
    with pytest.raises(ValueError, match="at least one row"):
        fold([], valid_from=date(2027, 1, 1))


def test_a_tariff_holds_from_its_day_until_the_next():
    older = Tariff(date(2026, 1, 1), HIGH, ())
    newer = Tariff(date(2027, 1, 1), LOW, ())

    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]

    on = [tariff_on(day, [newer, older]) for day in days]

    assert on == [older, older, older, newer]
