from datetime import timedelta

import pytest

from billing.declines import Verdict, judge
from tests.factories import NOW

pytestmark = pytest.mark.unit

NEVER = [5001, 5003, 5005, 5012, 5017, 5033, 5034, 5057]
CONDITIONAL = [5013, 5014, 5030, 5054, 5055, 5063]
TEMPORARY = [5051, 5065, 5096]
TOMORROW = Verdict(NOW + timedelta(days=1))
BARRED = Verdict(None)


@pytest.mark.parametrize("code", NEVER)
def test_some_codes_bar_a_card_at_once(code):
    assert judge(code, refusals=1, now=NOW) == BARRED


@pytest.mark.parametrize("code", NEVER)
def test_no_word_of_the_provider_opens_a_barred_card(code):
    assert judge(code, refusals=1, now=NOW, retry_after=NOW + timedelta(hours=1)) == BARRED


@pytest.mark.parametrize("code", CONDITIONAL)
@pytest.mark.parametrize(("refusals", "verdict"), [(1, TOMORROW), (2, BARRED)])
def test_some_codes_allow_two_tries_in_all(code, refusals, verdict):
    assert judge(code, refusals=refusals, now=NOW) == verdict


@pytest.mark.parametrize("code", TEMPORARY)
@pytest.mark.parametrize("refusals", [1, 2, 9])
def test_some_codes_allow_a_try_a_day(code, refusals):
    assert judge(code, refusals=refusals, now=NOW) == TOMORROW


@pytest.mark.parametrize("code", TEMPORARY)
def test_what_the_provider_asks_for_wins(code):
    wanted = NOW + timedelta(days=3)

    assert judge(code, refusals=1, now=NOW, retry_after=wanted) == Verdict(wanted)


@pytest.mark.parametrize(("refusals", "verdict"), [(1, TOMORROW), (2, TOMORROW), (3, BARRED)])
def test_a_code_that_is_not_listed_allows_three_tries(refusals, verdict):
    assert judge(5300, refusals=refusals, now=NOW) == verdict
