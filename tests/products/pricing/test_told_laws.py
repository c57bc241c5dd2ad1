"""The sums that a seller reads add up, in three languages, whatever was decided."""

import re
from itertools import pairwise

import pytest
from hypothesis import given

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.explain import Language, explain
from products.pricing.model import Decision, Rest
from tests.products.pricing.situations import LAWS, situations

pytestmark = pytest.mark.unit
AMOUNT = r"-?\d[\d\u00a0]*(?:,\d\d)?\u00a0₸"
SUM = re.compile(rf"({AMOUNT}) ([−+]) (?:\D*?)({AMOUNT})(?: \D*)? = ({AMOUNT})")
MOVE = re.compile(rf": ({AMOUNT}) → ({AMOUNT})")


def read(amount: str) -> Money:
    tenge, _, tiyn = amount.removesuffix("\u00a0₸").replace("\u00a0", "").partition(",")
    return Money(int(tenge) * 100 + int(tiyn or 0))


@pytest.mark.parametrize("language", Language)
@LAWS
@given(situation=situations)
def test_what_is_added_and_taken_away_makes_what_is_said(language, situation):
    decision = decide(situation)

    sentence = explain(decision, language)

    sums = SUM.findall(sentence)
    assert len(sums) == sentence.count(" = ")
    for theirs, sign, apart, aim in sums:
        change = read(apart) if sign == "+" else Money(-read(apart).tiyn)
        assert read(theirs) + change == read(aim)
        assert isinstance(decision, Decision)
        assert read(aim) == decision.aim


@pytest.mark.parametrize("language", Language)
@LAWS
@given(situation=situations)
def test_the_moves_that_are_told_lead_from_the_aim_to_the_price(language, situation):
    decision = decide(situation)

    moves = [(read(old), read(new)) for old, new in MOVE.findall(explain(decision, language))]

    if isinstance(decision, Rest):
        assert moves == []
        return
    assert moves == [(clamp.before, clamp.after) for clamp in decision.clamps]
    assert all(left[1] == right[0] for left, right in pairwise(moves))
    assert (moves[0][0], moves[-1][1]) == (decision.aim, decision.price) if moves else True
    assert moves or decision.aim == decision.price


@pytest.mark.parametrize("language", Language)
@LAWS
@given(situation=situations)
def test_a_sentence_names_the_rival_and_the_price_and_nothing_that_is_missing(language, situation):
    decision = decide(situation)

    sentence = explain(decision, language)

    assert sentence.endswith(".")
    if isinstance(decision, Decision):
        assert str(decision.price) in sentence
        assert "None" not in sentence
