"""What holds of every decision, whatever goes in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.explain import Language, explain
from products.pricing.hours import Hours
from products.pricing.model import (
    LOWEST_AT_KASPI,
    Bound,
    Corridor,
    Decision,
    LeftOut,
    Memory,
    Percent,
    Reason,
    Rest,
)
from products.pricing.remember import remember
from products.pricing.rules import Alone, AtFloor, Climb, Ending, Rise, Rules, Strategy
from tests.products.pricing.situations import (
    LAWS,
    NOON,
    OTHER_SHOP,
    OUR_SHOP,
    rivals,
    situations,
    tenge,
)

pytestmark = pytest.mark.unit
NOTHING = {Reason.EMPTY, Reason.OFF, Reason.ASLEEP, Reason.SOLD_OUT}


def legal_span(situation: Situation) -> tuple[Money, Money]:
    chosen = situation.rules
    corridor = chosen.hours.corridor(situation.at, chosen.corridor)
    floors = (corridor.floor, chosen.margin_floor or corridor.floor, LOWEST_AT_KASPI)
    return max(floors), corridor.ceiling


@LAWS
@given(situations)
def test_a_price_is_legal_or_there_is_none_and_a_reason(situation):
    decision = decide(situation)

    lowest, highest = legal_span(situation)
    if isinstance(decision, Rest):
        assert decision.reason in NOTHING
        assert decision.reason is not Reason.EMPTY or highest < lowest + Money.tenge(1)
    else:
        assert decision.reason not in NOTHING
        assert lowest <= decision.price <= highest
        assert decision.price.tiyn % 100 == 0
        assert decision.lowest <= decision.price <= decision.highest


@LAWS
@given(situations)
def test_an_illegal_price_in_force_is_repaired_in_one_move(situation):
    decision = decide(situation)

    lowest, highest = legal_span(situation)
    in_force = situation.memory.in_force
    is_illegal = in_force is not None and not lowest <= in_force <= highest
    if isinstance(decision, Decision):
        assert decision.is_repair == is_illegal
        assert not is_illegal or decision.price != in_force


@LAWS
@given(situations, st.randoms(use_true_random=False))
def test_order_and_duplicates_change_nothing(situation, dice):
    offers = list(situation.offers)
    shuffled = dice.sample(offers, len(offers))
    again = replace(situation, offers=tuple(shuffled))
    twice = replace(situation, offers=situation.offers + tuple(shuffled))

    decision = decide(situation)

    assert decide(again) == decision
    assert replace(decide(twice), left_out=()) == replace(decision, left_out=())


@LAWS
@given(situations)
def test_deciding_again_from_the_result_changes_nothing(situation):
    decision = decide(situation)
    if isinstance(decision, Rest):
        return
    # A price in force that Kaspi can't show is brought to a whole tenge first: a move of its own.
    in_force = situation.memory.in_force
    assume(in_force is None or in_force.tiyn % 100 == 0)
    # A move that is limited, or goes by steps, goes on; another is its own end.
    bounds = {clamp.bound for clamp in decision.clamps}
    assume(bounds.isdisjoint({Bound.BIGGEST_MOVE, Bound.CLIMB, Bound.QUIET}))
    assume(situation.rules.strategy is not Strategy.CREEP)
    assume(situation.rules.rise is not Rise.AFTER_QUIET)
    memory = remember(situation, decision)

    again = decide(replace(situation, memory=memory))

    assert isinstance(again, Decision)
    assert again.price == decision.price


@LAWS
@given(situations, st.integers(10_00, 50_00).map(Percent), st.sampled_from(Rise))
def test_small_moves_arrive_where_one_large_move_would(situation, move, rise):
    """However the way is walked: nobody stands still on it for ever."""
    assume(situation.rules.strategy is not Strategy.CREEP)  # which learns on its way
    whole = at_work(situation, ending=situation.rules.ending)
    at_once = replace(whole.rules, biggest_move=None, rise=Rise.AT_ONCE, alone=Alone.CEILING)
    aim = decide(replace(whole, rules=at_once))
    climb = Climb(by=Money.tenge(100), every=timedelta(0), quiet=timedelta(0))
    by_steps = replace(at_once, biggest_move=move, rise=rise, climb=climb)
    here = replace(whole, rules=by_steps)

    for _ in range(80):
        decision = decide(here)
        here = replace(here, memory=remember(here, decision))

    if isinstance(aim, Decision) and isinstance(decision, Decision):
        apart = abs(aim.price.tiyn - decision.price.tiyn)
        ending = whole.rules.ending
        assert apart == 0 or (ending and apart < Money.tenge(10 ** len(ending.digits)).tiyn)


@LAWS
@given(situations, st.integers(0, 3000), st.booleans())
def test_raising_a_floor_never_lowers_the_price(situation, rise, is_of_costs):
    before = at_work(situation)
    corridor = before.rules.corridor
    higher = min(corridor.floor + Money.tenge(rise), corridor.ceiling)
    raised = (
        replace(before.rules, margin_floor=max(before.rules.margin_floor or higher, higher))
        if is_of_costs
        else replace(before.rules, corridor=replace(corridor, floor=higher))
    )

    low, high = decide(before), decide(replace(before, rules=raised))

    if isinstance(low, Decision) and isinstance(high, Decision):
        assert high.price >= low.price


@LAWS
@given(situations, st.integers(0, 7), st.integers(0, 100_000))
def test_a_rival_who_goes_up_never_pulls_us_down(situation, which, rise):
    before = at_work(situation)
    offers = list(before.offers)
    if offers and offers[which % len(offers)].merchant_id != OUR_SHOP:
        rival = offers[which % len(offers)]
        offers[which % len(offers)] = replace(rival, price=rival.price + Money(rise))

    low, high = decide(before), decide(replace(before, offers=tuple(offers)))

    if isinstance(low, Decision) and isinstance(high, Decision):
        assert high.price >= low.price


@LAWS
@given(situations, st.integers(0, 7))
def test_a_rival_who_leaves_never_pulls_us_down(situation, which):
    before = at_work(situation)
    assume(before.rules.alone is not Alone.KEEP)  # the price in force, however low that is
    offers = list(before.offers)
    leaves = offers[which % len(offers)].merchant_id if offers else ""
    assume(leaves != OUR_SHOP)
    rest = tuple(offer for offer in offers if offer.merchant_id != leaves)

    low, high = decide(before), decide(replace(before, offers=rest))

    if isinstance(low, Decision) and isinstance(high, Decision):
        assert high.price >= low.price


@LAWS
@given(situations, st.lists(rivals, max_size=3), st.integers(0, 100_000))
def test_nobody_who_is_left_out_moves_the_price(situation, newcomers, above):
    """Neither our own other shop, nor who is excluded, nor the same merchant once more, dearer."""
    # Whose cheapest offer is below our cost, or absurd, competes with the next one.
    chosen = replace(situation.rules.rivals, excluded=frozenset({"5"}), below_cost=None)
    before = replace(
        situation,
        own_merchant_ids=frozenset({OUR_SHOP, OTHER_SHOP}),
        rules=replace(situation.rules, rivals=chosen),
    )
    left_out = [replace(one, merchant_id=who) for one in newcomers for who in (OTHER_SHOP, "5")]
    again = () if chosen.absurd_below else before.offers
    twice = [replace(one, price=one.price + Money(above)) for one in again]
    after = replace(before, offers=(*before.offers, *left_out, *twice))

    decision = decide(before)

    assert price_of(decide(after)) == price_of(decision)


def price_of(decision: Decision | Rest) -> Money | Reason:
    return decision.price if isinstance(decision, Decision) else decision.reason


def at_work(situation: Situation, *, ending: Ending | None = None) -> Situation:
    """The same, where nothing but the strategy and the corridor speaks.

    A seller who leaves at the floor for another place asks for it; a price that is absurd among
    these rivals need not be among those.
    """
    chosen = situation.rules
    return replace(
        situation,
        memory=replace(situation.memory, stock=None),
        rules=replace(
            chosen,
            at_floor=AtFloor.WAIT,
            hours=Hours(),
            ending=ending,
            is_off=False,
            rivals=replace(chosen.rivals, absurd_below=None, below_cost=None),
        ),
    )


@LAWS
@given(situations)
def test_the_way_from_the_aim_to_the_price_has_no_gap(situation):
    decision = decide(situation)
    if isinstance(decision, Rest):
        return

    here = decision.aim
    for clamp in decision.clamps:
        assert clamp.before == here
        assert clamp.after != here
        here = clamp.after
    assert here == decision.price


@LAWS
@given(situations)
def test_everyone_on_the_card_is_accounted_for(situation):
    decision = decide(situation)

    left_out = [rival for rival, _ in decision.left_out]
    assert set(left_out) <= set(situation.offers)
    if isinstance(decision, Decision) and decision.rival is not None:
        others = {rival for rival, why in decision.left_out if why != LeftOut.TWICE}
        assert decision.rival not in others
        assert decision.rival.merchant_id != OUR_SHOP


WILD = st.integers(-(10**18), 10**18).map(Money)


@LAWS
@given(situations, st.lists(WILD, max_size=8), WILD, WILD)
def test_no_number_makes_it_raise(situation, prices, in_force, margin_floor):
    offers = tuple(
        replace(offer, price=price, rating=price.tiyn, reviews=price.tiyn)
        for offer, price in zip(situation.offers, prices, strict=False)
    )
    wild = replace(
        situation,
        offers=offers,
        memory=replace(situation.memory, in_force=in_force, tipping=in_force),
        rules=replace(situation.rules, margin_floor=margin_floor),
    )

    decision = decide(wild)

    remember(wild, decision)
    lowest, highest = legal_span(wild)
    assert isinstance(decision, Rest) or lowest <= decision.price <= highest
    assert all(explain(decision, language) for language in Language)


@LAWS
@given(situations)
def test_what_is_remembered_is_what_was_decided(situation):
    decision = decide(situation)

    memory = remember(situation, decision)

    if isinstance(decision, Rest):
        assert memory == situation.memory
    else:
        assert memory.in_force == decision.price


@LAWS
@given(tenge, tenge, st.integers(1, 10_000).map(Percent), st.lists(rivals, max_size=5))
def test_a_biggest_move_never_leaves_a_corridor_that_was_raised(in_force, floor, move, offers):
    corridor = Corridor(floor, floor + Money.tenge(10), Money.tenge(1))
    situation = Situation(
        OUR_SHOP,
        frozenset({OUR_SHOP}),
        tuple(offers),
        Rules(corridor, biggest_move=move),
        Memory(in_force=in_force),
        NOON,
    )

    decision = decide(situation)

    assert isinstance(decision, Rest) or decision.price in corridor
