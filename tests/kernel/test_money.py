import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money

pytestmark = pytest.mark.unit

amounts = st.integers(min_value=-(10**15), max_value=10**15)
moneys = amounts.map(Money)


def test_tenge_are_kept_as_tiyn():
    assert Money.tenge(1200) == Money(120_000)


@pytest.mark.parametrize(
    "not_whole", [1.0, "100", True, None], ids=["float", "text", "boolean", "nothing"]
)
def test_only_a_whole_number_is_an_amount(not_whole):
    with pytest.raises(TypeError):
        Money(not_whole)


def test_a_fraction_of_a_tenge_is_never_rounded_away():
    with pytest.raises(ValueError, match="12050 tiyn is not a whole number of tenge"):
        _ = Money(12_050).whole_tenge


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money.tenge(0), "0\u00a0₸"),
        (Money.tenge(999), "999\u00a0₸"),
        (Money.tenge(1_234_567), "1\u00a0234\u00a0567\u00a0₸"),
        (Money(12_005), "120,05\u00a0₸"),
        (Money(-12_050), "-120,50\u00a0₸"),
        (Money(-5), "-0,05\u00a0₸"),
    ],
    ids=str,
)
def test_money_reads_as_people_here_write_it(money, text):
    assert str(money) == text


@pytest.mark.parametrize("other", [1, 1.5, "1", None], ids=repr)
def test_money_meets_only_money(other):
    with pytest.raises(TypeError):
        Money(1) + other
    with pytest.raises(TypeError):
        Money(1) - other
    with pytest.raises(TypeError):
        _ = Money(1) < other
    assert Money(1) != other


@given(amounts)
def test_whole_tenge_give_back_what_made_them(tenge):
    assert Money.tenge(tenge).whole_tenge == tenge


@given(moneys, moneys)
def test_taking_away_undoes_adding(ours, theirs):
    assert ours + theirs - theirs == ours


@given(moneys, moneys)
def test_the_order_of_money_is_the_order_of_tiyn(ours, theirs):
    assert (ours < theirs) is (ours.tiyn < theirs.tiyn)
    assert max(ours, theirs).tiyn == max(ours.tiyn, theirs.tiyn)


@given(moneys)
def test_the_text_holds_every_digit(money):
    digits = "".join(character for character in str(money) if character.isdigit())

    assert int(digits) * (1 if "," in str(money) else 100) == abs(money.tiyn)
