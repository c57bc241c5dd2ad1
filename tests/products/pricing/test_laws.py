"""What holds of every decision, whatever goes in. ``LAWS`` says how many cases a law sees."""

import os
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
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
from products.pricing.rules import AtFloor, Rise, Rules, Strategy
from tests.products.pricing.situations import NOON, OUR_SHOP, rivals, rules, situations, tenge

pytestmark = pytest.mark.unit
LAWS = settings(max_examples=int(os.environ.get("LAWS", "100")), deadline=None)
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
@given(situations, st.integers(0, 3000))
def test_raising_the_floor_never_lowers_the_price(situation, rise):
    before = at_work(situation)
    corridor = before.rules.corridor
    higher = min(corridor.floor + Money.tenge(rise), corridor.ceiling)
    raised = replace(before.rules, corridor=replace(corridor, floor=higher))

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


def at_work(situation: Situation) -> Situation:
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
            ending=None,
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


@LAWS
@given(situations)
def test_every_decision_has_a_sentence_in_every_language(situation):
    decision = decide(situation)

    for language in Language:
        sentence = explain(decision, language)
        assert sentence.endswith(".")
        if isinstance(decision, Decision):
            assert str(decision.price) in sentence


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
@given(situations, rules)
def test_another_sellers_private_numbers_never_matter(situation, theirs):
    """Whatever somebody else on the card keeps to himself, ours is the same to the byte."""
    alone = decide(situation)
    somebody = replace(situation, merchant_id="1", own_merchant_ids=frozenset({"1"}), rules=theirs)

    decide(somebody)

    assert repr(decide(situation)) == repr(alone)


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
