"""What a seller reads."""

import pytest

from cube_demper.kernel.money import Money
from products.pricing.decide import decide
from products.pricing.explain import Language, explain
from products.pricing.model import Bound, LeftOut, Memory, Reason
from products.pricing.rules import AtFloor, Ending, Rise, Strategy
from tests.products.pricing.situations import a_corridor, a_rival, a_situation

pytestmark = pytest.mark.unit
RIVAL = a_rival(362_000)
CORRIDOR = a_corridor(floor=355_000, ceiling=400_000)


def sentence(*offers, language=Language.EN, **facts):
    said = explain(decide(a_situation(*offers, **{"corridor": CORRIDOR, **facts})), language)
    return said.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.EN, "Rival ProUnit 362 000 ₸ − step 1 ₸ = 361 999 ₸; floor 355 000 ₸."),
        (Language.RU, "Соперник ProUnit 362 000 ₸ − шаг 1 ₸ = 361 999 ₸; минимум 355 000 ₸."),
        (Language.KK, "Бәсекелес ProUnit 362 000 ₸ − қадам 1 ₸ = 361 999 ₸; минимум 355 000 ₸."),
    ],
)
def test_a_decision_is_told_with_its_numbers(language, said):
    assert sentence(RIVAL, language=language) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"corridor": a_corridor(floor=370_000, ceiling=400_000)},
            "Rival ProUnit 362 000 ₸ − step 1 ₸ = 361 999 ₸; floor: 361 999 ₸ → 370 000 ₸.",
        ),
        (
            {"ending": Ending("990")},
            "Rival ProUnit 362 000 ₸ − step 1 ₸ = 361 999 ₸; price ending: 361 999 ₸ → 361 990 ₸.",
        ),
        (
            {"strategy": Strategy.MATCH_FIRST},
            "The same as rival ProUnit: 362 000 ₸; floor 355 000 ₸.",
        ),
        (
            {
                "corridor": a_corridor(floor=370_000, ceiling=400_000),
                "at_floor": AtFloor.CEILING,
            },
            (
                "First is below the floor, rival ProUnit asks 362 000 ₸: the ceiling, 400 000 ₸; "
                "floor 370 000 ₸."
            ),
        ),
        (
            {"rise": Rise.BY_STEPS, "memory": Memory(in_force=Money.tenge(361_000))},
            "Rival ProUnit 362 000 ₸ − step 1 ₸ = 361 999 ₸; up by steps: 361 999 ₸ → 361 100 ₸.",
        ),
        (
            {"margin_floor": Money.tenge(400_001)},
            "Nothing is published: no price lies above the floors and below the ceiling.",
        ),
    ],
)
def test_every_bound_is_told_with_what_it_did(facts, said):
    assert sentence(RIVAL, **facts) == said


def test_alone_there_is_no_rival_to_tell_of():
    assert sentence() == "No rival on the card: the ceiling, 400 000 ₸; floor 355 000 ₸."


def test_a_rivals_name_is_only_a_name():
    assert sentence(a_rival(362_000, name="{aim} {0}")).startswith("Rival {aim} {0} 362 000 ₸")


def test_no_code_outgrows_its_column():
    codes = [*Reason, *Bound, *LeftOut]

    assert max(len(code) for code in codes) <= 16


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            Language.EN,
            "prices on this card go round: down by small steps for days, then up at once.",
        ),
        (
            Language.RU,
            "цены в карточке ходят по кругу: днями вниз мелкими шагами, потом сразу вверх.",
        ),
        (Language.KK, "бағалар айналып жүр: күндер бойы ұсақ қадаммен төмен, сосын бірден өседі."),
    ],
)
def test_a_card_on_which_prices_go_round_is_warned_of(language, said):
    plain = sentence(RIVAL, language=language)

    warned = sentence(RIVAL, language=language, memory=Memory(is_cycling=True))

    assert warned == f"{plain.removesuffix('.')}; {said}"
