"""Nothing that can be decided lacks its words, in any language."""

import re

import pytest

from cube_demper.kernel.money import Money
from products.pricing.explain import Language, explain
from products.pricing.model import Bound, Clamp, Decision, Reason, Rest
from tests.products.pricing.situations import a_rival

pytestmark = pytest.mark.unit
NOTHING = (Reason.EMPTY, Reason.OFF, Reason.ASLEEP, Reason.SOLD_OUT)
HELD_BACK = (Reason.AT_FLOOR, Reason.AT_CEILING, Reason.CLIMBING, Reason.QUIET_FIRST)
BESIDE_A_RIVAL = (
    Reason.UNDERCUT,
    Reason.MATCHED,
    Reason.BEHIND,
    Reason.HELD_POSITION,
    Reason.PREMIUM,
    Reason.CREPT,
    Reason.BEST_PLACE,
    Reason.GAVE_WAY,
)
BY_ITSELF = (Reason.ALONE, Reason.KEPT, Reason.FIXED, Reason.SAT_OUT, Reason.RETREATED)
SCRIPT = {Language.RU: "[а-я]", Language.KK: "[а-яәғқңөұүһі]", Language.EN: "[a-z]"}


def told(reason, language, *, rival=None, aim=1199, clamps=(), price=1199):
    decision = Decision(
        price=Money.tenge(price),
        reason=reason,
        position=3,
        aim=Money.tenge(aim),
        lowest=Money.tenge(900),
        highest=Money.tenge(1500),
        rival=rival,
        clamps=clamps,
    )
    return explain(decision, language).replace("\u00a0", " ")


def bare(sentence, *parts):
    """The words alone."""
    for part in parts:
        sentence = sentence.replace(part, "")
    return re.sub(r"[-\d ₸−+=→:;.,]+", " ", sentence).strip()


def test_every_reason_is_in_one_of_these_lists():
    reasons = {*NOTHING, *HELD_BACK, *BESIDE_A_RIVAL, *BY_ITSELF}

    assert set(Reason) - reasons == {Reason.BY_HAND, Reason.UNDONE}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", BESIDE_A_RIVAL)
def test_a_price_beside_a_rival_names_him_and_what_he_asks(reason, language):
    sentence = told(reason, language, rival=a_rival(1200, name="ProUnit"))

    beginning = sentence.rsplit("; ", 1)[0]
    assert "ProUnit" in beginning
    assert "1 199 ₸" in sentence or reason is Reason.MATCHED
    assert "1 200 ₸" in sentence or reason is Reason.CREPT
    assert re.search(SCRIPT[language], bare(beginning, "ProUnit"))
    assert sentence.endswith(" 900 ₸.")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", BY_ITSELF)
def test_a_price_by_itself_is_told_with_its_number(reason, language):
    beginning = told(reason, language).split("; ")[0]

    assert "1 199 ₸" in beginning
    assert re.search(SCRIPT[language], bare(beginning))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", NOTHING)
def test_nothing_is_told_in_words_alone(reason, language):
    sentence = explain(Rest(reason), language)

    assert re.search(SCRIPT[language], sentence)
    assert sentence.endswith(".")
    assert not re.search(r"\d", sentence)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("bound", Bound)
def test_a_bound_is_told_with_where_it_came_from_and_where_it_led(bound, language):
    clamp = Clamp(bound, Money.tenge(1199), Money.tenge(1250))

    ending = told(Reason.ALONE, language, clamps=(clamp,), price=1250).split("; ")[-1]

    assert ending.endswith(": 1 199 ₸ → 1 250 ₸.")
    assert re.search(SCRIPT[language], bare(ending))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", HELD_BACK)
@pytest.mark.parametrize(
    ("aim", "like"),
    [(1199, Reason.UNDERCUT), (1200, Reason.MATCHED), (1201, Reason.BEHIND)],
)
def test_a_price_that_is_held_back_is_told_by_what_was_wanted(aim, like, reason, language):
    rival = a_rival(1200)

    assert told(reason, language, rival=rival, aim=aim) == told(
        like, language, rival=rival, aim=aim
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", HELD_BACK)
def test_what_was_wanted_beside_nobody_is_told_with_its_number(reason, language):
    beginning = told(reason, language, aim=1600).split("; ")[0]

    assert beginning.endswith(": 1 600 ₸")
    assert re.search(SCRIPT[language], bare(beginning))


@pytest.mark.parametrize("language", Language)
def test_a_place_that_is_ours_at_any_price_is_told_without_a_rival(language):
    beginning = told(Reason.HELD_POSITION, language, aim=1500).split("; ")[0]

    assert beginning.endswith("1 500 ₸")
    assert re.search(SCRIPT[language], bare(beginning))


@pytest.mark.parametrize("language", Language)
def test_a_place_that_is_held_is_told_with_its_number(language):
    sentence = told(Reason.HELD_POSITION, language, rival=a_rival(1200))

    assert re.search(r"\b3\b", sentence.split("; ")[0])


@pytest.mark.parametrize("language", Language)
def test_no_two_reasons_and_no_two_bounds_read_the_same(language):
    rival = a_rival(1200)
    reasons = [told(reason, language, rival=rival) for reason in (*BESIDE_A_RIVAL, *BY_ITSELF)]
    reasons += [explain(Rest(reason), language) for reason in NOTHING]
    one = Money.tenge(1)
    bounds = [told(Reason.ALONE, language, clamps=(Clamp(b, one, one),)) for b in Bound]

    assert len({*reasons, *bounds}) == len(reasons) + len(bounds)


def test_a_seller_who_does_not_say_reads_russian():
    assert explain(Rest(Reason.OFF)) == explain(Rest(Reason.OFF), Language.RU)


@pytest.mark.parametrize("reason", [*BESIDE_A_RIVAL, *BY_ITSELF])
def test_no_two_languages_read_the_same(reason):
    rival = a_rival(1200)

    assert len({told(reason, language, rival=rival) for language in Language}) == 3


def test_a_long_name_is_told_shortened():
    name, longest = "x" * 61, "x" * 60

    sentences = [
        told(Reason.MATCHED, Language.EN, rival=a_rival(1200, name=n)) for n in (longest, name)
    ]

    assert sentences == [
        f"The same as rival {longest}: 1 200 ₸; floor 900 ₸.",
        f"The same as rival {longest}…: 1 200 ₸; floor 900 ₸.",
    ]


def test_half_a_tenge_of_a_rival_is_not_told():
    rival = a_rival(1200)
    exact = type(rival)("1", "ProUnit", Money(120_050))

    assert told(Reason.UNDERCUT, Language.EN, rival=exact) == (
        "Rival ProUnit 1 200 ₸ − step 1 ₸ = 1 199 ₸; floor 900 ₸."
    )


def test_languages_are_named_by_their_codes():
    assert [language.value for language in Language] == ["ru", "kk", "en"]
