from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.backtest import Point, Scene, Seller, replay
from products.pricing.decide import decide
from products.pricing.model import Decision, Memory
from products.pricing.remember import remember
from products.pricing.rules import Alone, Rules, Strategy
from products.pricing.wars import Fingerprint
from tests.products.pricing.situations import (
    NOON,
    OTHER_SHOP,
    OUR_SHOP,
    a_corridor,
    a_rival,
    a_situation,
    in_force,
    ours,
)

pytestmark = pytest.mark.unit
HOUR = timedelta(hours=1)
US = Seller(OUR_SHOP, frozenset({OUR_SHOP, OTHER_SHOP}))


def scenes(*pairs):
    """So many hours after noon, the rivals' prices in tenge; we are always there, at 1 000 ₸."""
    return [
        Scene(
            NOON + hours * HOUR,
            (ours(1000), *(a_rival(price, f"rival-{n}") for n, price in enumerate(prices))),
        )
        for hours, prices in pairs
    ]


def tried(*pairs, hours=10, every=timedelta(days=9), memory=None, answers=None, **rules):
    return replay(
        scenes(*pairs),
        rules=Rules(a_corridor(), **rules),
        seller=US,
        memory=memory or in_force(1000),
        until=NOON + hours * HOUR,
        every=every,
        answers=answers,
    )


def test_time_counts_by_how_long_it_was():
    result = tried((0, [990]), (4, [800]), (9, [990]))

    assert result.lasted == 10 * HOUR
    assert (result.first, result.at_floor, result.unpublished) == (50_00, 50_00, 0)
    assert result.average == Money(94_450)  # 989 ₸ and 900 ₸, five hours each
    assert (result.changes, result.decisions) == (2, 3)


def test_the_series_says_where_something_moved():
    result = tried((0, [990]), (4, [990, 1400]), (6, [980]))

    assert result.series == (
        Point(NOON, Money.tenge(989), Money.tenge(990)),
        Point(NOON + 6 * HOUR, Money.tenge(979), Money.tenge(980)),
    )


def test_other_rules_make_another_past():
    first = tried((0, [990]), (5, [950]))
    behind = tried((0, [990]), (5, [950]), strategy=Strategy.BEHIND_FIRST)

    assert (first.first, behind.first) == (100_00, 0)
    assert behind.average == Money.tenge(971)


def test_where_nothing_is_published_the_time_counts_apart():
    result = tried((0, [990]), margin_floor=Money.tenge(2000))

    assert (result.unpublished, result.first, result.average) == (100_00, 0, None)


def test_between_scenes_is_decided_so_often():
    result = tried((0, []), every=HOUR, alone=Alone.CLIMB, hours=3)

    assert result.decisions == 3
    assert [point.price for point in result.series] == [
        Money.tenge(price) for price in (1100, 1200, 1300)
    ]


def test_what_is_after_the_end_is_not_seen():
    result = tried((0, [990]), (20, [900]))

    assert (result.decisions, result.lasted) == (1, 10 * HOUR)


def test_an_empty_past_has_nothing_to_say():
    assert tried().lasted == timedelta(0)
    assert tried((20, [990])).decisions == 0


def habits(*, step=1, floor=None, reaction=HOUR):
    return Fingerprint(
        moves=9,
        reaction=reaction,
        step=Money.tenge(step),
        hours=frozenset(),
        floor=None if floor is None else Money.tenge(floor),
    )


def test_who_answers_goes_below_us_after_its_time_until_its_floor():
    result = tried((0, [990]), answers={"rival-0": habits(step=10, floor=960)})

    assert [(p.price, p.rival) for p in result.series] == [
        (Money.tenge(989), Money.tenge(990)),
        (Money.tenge(978), Money.tenge(979)),
        (Money.tenge(967), Money.tenge(968)),
    ]


def test_a_war_without_a_floor_of_theirs_ends_at_ours():
    result = tried((0, [990]), answers={"rival-0": habits(step=30, reaction=timedelta(0))})

    assert result.series[-1].price == Money.tenge(900)
    assert result.first <= 1  # the seconds it took them
    assert result.at_floor > 99_00


def test_what_was_recorded_holds_again_where_somebody_moved():
    result = tried(
        (0, [990]), (5, [1200]), hours=6, answers={"rival-0": habits(step=10, floor=960)}
    )

    at_five = [point for point in result.series if point.at == NOON + 5 * HOUR]
    assert [(p.price, p.rival) for p in at_five] == [(Money.tenge(1199), Money.tenge(1200))]


@given(
    st.lists(st.lists(st.integers(800, 1600), max_size=4), min_size=1, max_size=8),
    st.sampled_from([Strategy.BE_FIRST, Strategy.MATCH_FIRST, Strategy.CREEP]),
)
def test_law_a_backtest_of_static_rivals_is_what_live_would_have_done(past, strategy):
    pairs = list(enumerate(past))
    rules = Rules(a_corridor(), strategy=strategy)
    memory, live = in_force(1000), []
    for scene in scenes(*pairs):
        offers = (*scene.offers[1:], ours(memory.in_force.tiyn // 100))
        situation = a_situation(*offers, memory=memory, at=scene.at, strategy=strategy)
        decision = decide(situation)
        memory = remember(situation, decision)
        assert isinstance(decision, Decision)
        live.append(decision.price)

    result = replay(
        scenes(*pairs),
        rules=rules,
        seller=US,
        memory=in_force(1000),
        until=NOON + len(past) * HOUR,
        every=timedelta(days=1),
    )

    replayed: dict[int, Money | None] = dict.fromkeys(range(len(past)), live[0])
    for point in result.series:
        for hour in range((point.at - NOON) // HOUR, len(past)):
            replayed[hour] = point.price
    assert list(replayed.values()) == live


@given(
    st.lists(st.lists(st.integers(800, 1600), max_size=4), min_size=1, max_size=8),
    st.integers(0, 3),
)
def test_law_every_price_of_a_backtest_is_legal_and_shares_stay_shares(past, step):
    result = tried(
        *enumerate(past), hours=9, answers={"rival-0": habits(step=step), "rival-1": habits()}
    )

    assert all(
        Money.tenge(900) <= point.price <= Money.tenge(1500)
        for point in result.series
        if point.price is not None
    )
    assert 0 <= result.first + result.unpublished <= 100_01


def test_a_long_series_is_thinned():
    result = tried(*((n / 100, [990 + n % 2]) for n in range(900)), hours=10)

    assert len(result.series) == 900
    long = tried(*((n / 1000, [990 + n % 2]) for n in range(4500)), hours=10)
    assert len(long.series) == 1500


def test_the_first_price_is_no_change():
    assert tried((0, [990]), memory=Memory()).changes == 0
