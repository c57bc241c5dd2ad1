import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.decide import decide, whole_tenge
from products.pricing.explain import explain
from products.pricing.model import Corridor, CorridorEmpty, Decision, Reason, Rival

pytestmark = pytest.mark.unit


def a_corridor(*, floor: int = 900, ceiling: int = 1500, step: int = 1) -> Corridor:
    return Corridor(floor=Money.tenge(floor), ceiling=Money.tenge(ceiling), step=Money.tenge(step))


def a_rival(price: int, *, merchant_id: str = "87654321", name: str = "ProUnit") -> Rival:
    return Rival(merchant_id=merchant_id, name=name, price=Money.tenge(price))


def test_a_seller_alone_on_the_card_asks_the_ceiling():
    corridor = a_corridor(ceiling=1500)

    decision = decide(rivals=[], corridor=corridor)

    assert decision == Decision(Money.tenge(1500), Reason.ALONE, position=1)


def test_the_cheapest_rival_is_undercut_by_the_step():
    cheapest = a_rival(1200, merchant_id="1")
    rivals = [a_rival(1300, merchant_id="2"), cheapest]

    decision = decide(rivals=rivals, corridor=a_corridor(step=5))

    assert decision == Decision(Money.tenge(1195), Reason.UNDERCUT, position=1, rival=cheapest)


def test_a_step_of_nothing_matches_the_rival_and_comes_after_it():
    rival = a_rival(1200)

    decision = decide(rivals=[rival], corridor=a_corridor(step=0))

    assert decision == Decision(Money.tenge(1200), Reason.UNDERCUT, position=2, rival=rival)


def test_the_floor_holds_when_a_rival_goes_below_it():
    rivals = [a_rival(800, merchant_id="1"), a_rival(1000, merchant_id="2")]

    decision = decide(rivals=rivals, corridor=a_corridor(floor=900))

    assert decision == Decision(Money.tenge(900), Reason.AT_FLOOR, position=2, rival=rivals[0])


@pytest.mark.parametrize(
    ("rival", "price", "reason"),
    [
        pytest.param(900, 900, Reason.AT_FLOOR, id="one tenge too low"),
        pytest.param(901, 900, Reason.UNDERCUT, id="just reachable"),
        pytest.param(1501, 1500, Reason.UNDERCUT, id="just allowed"),
        pytest.param(1502, 1500, Reason.AT_CEILING, id="one tenge too high"),
    ],
)
def test_the_bounds_belong_to_the_corridor(rival, price, reason):
    corridor = a_corridor(floor=900, ceiling=1500, step=1)

    decision = decide(rivals=[a_rival(rival)], corridor=corridor)

    assert (decision.price, decision.reason) == (Money.tenge(price), reason)


def test_the_ceiling_holds_when_all_rivals_are_dear():
    rival = a_rival(2000)

    decision = decide(rivals=[rival], corridor=a_corridor(ceiling=1500))

    assert decision == Decision(Money.tenge(1500), Reason.AT_CEILING, position=1, rival=rival)


def test_a_rivals_fraction_of_a_tenge_is_rounded_down_before_the_step():
    rival = Rival("1", "ProUnit", Money(120_050))

    decision = decide(rivals=[rival], corridor=a_corridor(step=1))

    assert decision.price == Money.tenge(1199)


@pytest.mark.parametrize(
    ("floor", "ceiling", "step"),
    [
        pytest.param(Money.tenge(2), Money.tenge(1), Money.tenge(1), id="floor above ceiling"),
        pytest.param(Money(0), Money.tenge(1), Money.tenge(1), id="a floor of nothing"),
        pytest.param(Money.tenge(1), Money.tenge(2), Money(-100), id="a step upwards"),
        pytest.param(Money(150), Money.tenge(2), Money.tenge(1), id="a fraction of a tenge"),
    ],
)
def test_a_corridor_without_a_price_cannot_exist(floor, ceiling, step):
    with pytest.raises(CorridorEmpty):
        Corridor(floor=floor, ceiling=ceiling, step=step)


@pytest.mark.parametrize(
    ("rivals", "sentence"),
    [
        ([], "No rival on the card: the ceiling, 1\u00a0500\u00a0₸."),
        (
            [a_rival(1200)],
            "ProUnit asks 1\u00a0200\u00a0₸; less a step of 1\u00a0₸ makes 1\u00a0199\u00a0₸.",
        ),
        (
            [a_rival(800)],
            "ProUnit asks 800\u00a0₸; a step of 1\u00a0₸ below is under the floor, 900\u00a0₸.",
        ),
        (
            [a_rival(9000)],
            "ProUnit asks 9\u00a0000\u00a0₸; that is above the ceiling, 1\u00a0500\u00a0₸.",
        ),
    ],
    ids=["alone", "undercut", "at the floor", "at the ceiling"],
)
def test_every_decision_explains_itself_with_its_numbers(rivals, sentence):
    corridor = a_corridor()

    explanation = explain(decide(rivals=rivals, corridor=corridor), corridor)

    assert explanation == sentence


tenge = st.integers(min_value=1, max_value=10_000_000)
corridors = st.builds(
    lambda low, width, step: a_corridor(floor=low, ceiling=low + width, step=step),
    tenge,
    st.integers(min_value=0, max_value=1_000_000),
    st.integers(min_value=0, max_value=100_000),
)
rivals_on_a_card = st.lists(
    st.builds(
        lambda tiyn, merchant_id: Rival(merchant_id, "rival", Money(tiyn)),
        st.integers(min_value=1, max_value=1_000_000_000),
        st.text("0123456789", min_size=1, max_size=3),
    ),
    max_size=12,
)


@given(corridor=corridors, rivals=rivals_on_a_card)
def test_law_the_price_never_leaves_the_corridor_and_is_whole_tenge(corridor, rivals):
    price = decide(rivals=rivals, corridor=corridor).price

    assert corridor.floor <= price <= corridor.ceiling
    assert price == whole_tenge(price)


@given(corridor=corridors, rivals=rivals_on_a_card, seed=st.randoms())
def test_law_the_order_of_the_rivals_changes_nothing(corridor, rivals, seed):
    shuffled = seed.sample(rivals, len(rivals))

    decision = decide(rivals=shuffled, corridor=corridor)

    assert decision.price == decide(rivals=rivals, corridor=corridor).price
    assert decision.reason == decide(rivals=rivals, corridor=corridor).reason


@given(corridor=corridors, rivals=rivals_on_a_card.filter(bool), more=st.integers(0, 10**8))
def test_law_a_dearer_newcomer_changes_nothing(corridor, rivals, more):
    dearest = max(rival.price for rival in rivals)
    newcomer = Rival("new", "newcomer", dearest + Money(more + 1))

    decision = decide(rivals=[*rivals, newcomer], corridor=corridor)

    without = decide(rivals=rivals, corridor=corridor)
    assert (decision.price, decision.reason, decision.rival) == (
        without.price,
        without.reason,
        without.rival,
    )


@given(corridor=corridors, rivals=rivals_on_a_card, rise=st.integers(0, 10**8))
def test_law_if_every_rival_gets_dearer_our_price_never_falls(corridor, rivals, rise):
    dearer = [Rival(r.merchant_id, r.name, r.price + Money(rise)) for r in rivals]

    assert (
        decide(rivals=dearer, corridor=corridor).price
        >= decide(rivals=rivals, corridor=corridor).price
    )


@given(corridor=corridors, rivals=rivals_on_a_card)
def test_law_a_price_above_the_floor_with_a_step_is_first(corridor, rivals):
    decision = decide(rivals=rivals, corridor=corridor)

    is_beaten = decision.price > corridor.floor and corridor.step > Money(0)
    assert decision.position == 1 or not is_beaten
