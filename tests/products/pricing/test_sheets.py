from datetime import time, timedelta
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from products.pricing.hours import Hours, Span
from products.pricing.model import Corridor, CorridorEmpty, Percent
from products.pricing.rules import (
    Alone,
    AtFloor,
    Climb,
    Ending,
    Pace,
    Reach,
    Rise,
    RivalFilter,
    Rules,
    RulesContradict,
    Strategy,
    Truce,
    WarPolicy,
)
from products.pricing.sheets import OUT_OF_REACH, margin_floor_from, merged, rules_from
from products.pricing.tariff import TARIFF_2026
from tests.products.pricing.situations import a_corridor

pytestmark = pytest.mark.unit
WHOLE: dict[str, Any] = {
    "strategy": "HOLD_POSITION",
    "position": 3,
    "premium_percent": 1.5,
    "fixed_tiyn": 123_400,
    "step_percent": 0.25,
    "alone": "CLIMB",
    "at_floor": "BEST_PLACE",
    "rise": "AFTER_QUIET",
    "ending": "990",
    "biggest_move_percent": 12.5,
    "climb_by_tiyn": 50_000,
    "climb_every_s": 60,
    "quiet_s": 120,
    "tipping_lasts_s": 180,
    "excluded_merchants": ["2", "1"],
    "least_rating": 4.5,
    "least_reviews": 10,
    "reach": "TODAY_TOMORROW",
    "with_preorders": False,
    "by_kaspi_only": True,
    "absurd_below_percent": 50,
    "war_policy": "SIT_OUT",
    "war_price_tiyn": 140_000,
    "war_lasts_s": 3600,
    "low_stock": 2,
    "low_stock_rise_percent": 5,
    "slow_after_s": 86_400,
    "slow_drop_percent": 1,
    "working_hours": [{"begins": "21:00", "ends": "03:00", "weekdays": [4, 5]}],
    "corridors": [
        {"begins": "00:00", "ends": "06:00", "floor_tiyn": 95_000, "ceiling_tiyn": 160_000}
    ],
}


def rules(**sheet):
    return rules_from(sheet, corridor=a_corridor(), tariff=TARIFF_2026)


def test_an_empty_sheet_is_to_be_first():
    assert rules() == Rules(a_corridor())


def test_every_entry_finds_its_place():
    made = rules(**WHOLE)

    step = Percent(25)
    night = Corridor(Money.tenge(950), Money.tenge(1600), step)
    assert made == Rules(
        corridor=Corridor(Money.tenge(900), Money.tenge(1500), step),
        strategy=Strategy.HOLD_POSITION,
        position=3,
        premium=Percent(150),
        fixed=Money.tenge(1234),
        alone=Alone.CLIMB,
        at_floor=AtFloor.BEST_PLACE,
        rise=Rise.AFTER_QUIET,
        climb=Climb(
            by=Money.tenge(500),
            every=timedelta(minutes=1),
            quiet=timedelta(minutes=2),
            forget_tipping_after=timedelta(minutes=3),
        ),
        rivals=RivalFilter(
            excluded=frozenset({"1", "2"}),
            least_rating=450,
            least_reviews=10,
            reach=Reach.TODAY_TOMORROW,
            with_preorders=False,
            by_kaspi_only=True,
            absurd_below=Percent(50_00),
        ),
        ending=Ending("990"),
        biggest_move=Percent(12_50),
        truce=Truce(WarPolicy.SIT_OUT, Money.tenge(1400), timedelta(hours=1)),
        pace=Pace(low_stock=2, rise=Percent(500), slow_after=timedelta(days=1), drop=Percent(100)),
        hours=Hours(
            working=(Span(time(21), time(3), frozenset({4, 5})),),
            corridors=((Span(time(0), time(6)), night),),
        ),
    )


def test_costs_make_a_floor_with_kaspis_commission_and_leave_out_who_sells_below_cost():
    made = rules(cost_tiyn=80_000, margin_percent=10, category="Продукты Чай")

    # 800 ₸ / (1 − 7.3 % − 10 %) is 967.35 ₸
    assert made.margin_floor == Money.tenge(968)
    assert made.rivals.below_cost == Money.tenge(800)


def test_a_stated_commission_holds_before_the_tariff():
    usual = rules(cost_tiyn=80_000)
    stated = rules(cost_tiyn=80_000, commission_percent=20)

    assert usual.margin_floor == Money.tenge(915)  # 12.5 %
    assert stated.margin_floor == Money.tenge(1000)


def test_who_sells_below_cost_may_be_a_rival_all_the_same():
    made = rules(cost_tiyn=80_000, with_below_cost=True)

    assert made.rivals.below_cost is None


def test_every_cost_counts():
    sheet = {
        "cost_tiyn": 50_000,
        "delivery_tiyn": 10_000,
        "packing_tiyn": 2_000,
        "other_costs_tiyn": 1_000,
        "commission_percent": 10,
        "tax_percent": 3,
        "returns_percent": 2,
        "margin_percent": 15,
    }

    floor = margin_floor_from(sheet, tariff=TARIFF_2026)

    assert floor is not None
    assert floor.price == Money.tenge(900)
    assert (floor.commission, floor.tax, floor.returns, floor.margin) == (
        Money.tenge(90),
        Money.tenge(27),
        Money.tenge(18),
        Money.tenge(135),
    )


def test_shares_that_eat_all_of_a_price_leave_no_price():
    made = rules(cost_tiyn=80_000, margin_percent=90)

    assert made.margin_floor == OUT_OF_REACH


def test_without_a_cost_there_is_no_floor_of_costs():
    assert margin_floor_from({"margin_percent": 10}, tariff=TARIFF_2026) is None
    assert rules(margin_percent=10).margin_floor is None


def test_the_narrower_sheet_has_the_last_word_and_exclusions_add_up():
    account = {"strategy": "MATCH_FIRST", "position": 2, "excluded_merchants": ["2"]}
    store = {"strategy": "CREEP", "excluded_merchants": ["1"]}
    product = {"position": 5}

    assert merged(account, store, product) == {
        "strategy": "CREEP",
        "position": 5,
        "excluded_merchants": ["1", "2"],
    }


@pytest.mark.parametrize(
    "sheet",
    [
        {"strategy": "FIXED"},
        {"war_policy": "SIT_OUT"},
        {"working_hours": [{"begins": "21:00", "ends": "03:00", "weekdays": [7]}]},
    ],
)
def test_what_does_not_go_together_makes_no_rules(sheet):
    with pytest.raises(RulesContradict):
        rules(**sheet)


def test_another_corridor_at_some_hours_must_be_one():
    upside_down = {
        "begins": "00:00",
        "ends": "06:00",
        "floor_tiyn": 160_000,
        "ceiling_tiyn": 90_000,
    }

    with pytest.raises(CorridorEmpty):
        rules(corridors=[upside_down])
