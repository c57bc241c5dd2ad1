import json

import pytest
from hypothesis import given

from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.model import Corridor, CorridorEmpty, Memory, Percent
from products.pricing.record import pack, unpack
from products.pricing.rules import Rules, Strategy
from tests.products.pricing.situations import a_corridor, a_rival, a_situation, situations

pytestmark = pytest.mark.unit


@given(situation=situations)
def test_every_situation_comes_back_from_json_as_it_was(situation):
    stored = json.dumps(pack(situation))

    again = unpack(Situation, json.loads(stored))

    assert again == situation


@given(situation=situations)
def test_a_decision_made_again_from_its_record_is_the_same(situation):
    stored = json.dumps(pack(situation))

    again = decide(unpack(Situation, json.loads(stored)))

    assert again == decide(situation)


def test_what_is_as_by_default_takes_no_room():
    packed = pack(a_situation(a_rival(1000), strategy=Strategy.CREEP))

    assert packed["rules"] == {
        "corridor": {"floor": 90_000, "ceiling": 150_000, "step": 100},
        "strategy": "CREEP",
    }
    assert packed["memory"] == {}
    assert packed["offers"] == [{"merchant_id": "87654321", "name": "ProUnit", "price": 100_000}]


def test_a_step_may_be_an_amount_or_a_share():
    share = Corridor(Money.tenge(900), Money.tenge(1500), Percent(150))

    assert pack(share)["step"] == {"percent": 150}
    assert unpack(Corridor, pack(share)) == share
    assert unpack(Corridor, pack(a_corridor())) == a_corridor()


def test_what_is_no_value_of_the_heart_is_not_packed():
    with pytest.raises(TypeError, match="not a value of the heart"):
        pack({"price": 1})

    with pytest.raises(TypeError, match="not a value of the heart"):
        pack(Memory)


def test_a_record_of_impossible_rules_is_refused():
    packed = pack(Rules(a_corridor()))

    packed["corridor"]["floor"] = 999_900

    with pytest.raises(CorridorEmpty):
        unpack(Rules, packed)
