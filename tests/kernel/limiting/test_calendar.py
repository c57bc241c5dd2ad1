"""Whatever is taken, given back and frozen, in whatever order: no budget ever grants too much."""

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cube_demper.kernel.limiting.calendar import IMMINENT, LANE, RAMP_FACTOR, RAMP_US, Calendar
from cube_demper.kernel.limiting.ports import Bucket, Priority, Quota

pytestmark = pytest.mark.unit

FLEET = Bucket("fleet", 120, shared=True)
ADDRESS = Bucket("address", 8)
WIDE = Bucket("wide", 1000)
ACCOUNTS = (Bucket("push:1", 1.5), Bucket("push:2", 1.5))
QUOTAS = (Quota("quota:1", 5, 4), Quota("quota:2", 5, 4))
KINDS = (
    (FLEET,),
    (ADDRESS, FLEET),
    (ACCOUNTS[0], QUOTAS[0], FLEET),
    (ACCOUNTS[1], QUOTAS[1], FLEET),
    (QUOTAS[0], ADDRESS),
    (ACCOUNTS[0], *[QUOTAS[0]] * 3, FLEET),
    (QUOTAS[1],) * 5,
)
FOREVER = 10**12


class AnyOrder(RuleBasedStateMachine):
    """People ask, give up, hit walls and wait, as they like."""

    def __init__(self):
        super().__init__()
        self.calendar = Calendar()
        self.now = 1_000_000_000
        self.granted = []

    @rule(
        kind=st.sampled_from(KINDS),
        priority=st.sampled_from(Priority),
        patience=st.sampled_from([0, 100_000, FOREVER]),
    )
    def ask(self, kind, priority, patience):
        latest = self.now + patience
        at, is_taken = self.calendar.take(kind, now=self.now, latest=latest, priority=priority)
        assert at >= self.now
        assert is_taken == (at <= latest)
        if is_taken:
            self.granted.append((at, kind))

    @rule(place=st.integers(0, 50))
    def give_up(self, place):
        waiting = [one for one in self.granted if one[0] > self.now]
        if waiting:
            at, kind = waiting[place % len(waiting)]
            self.granted.remove((at, kind))
            self.calendar.give_back(kind, at=at)

    @rule(passed=st.sampled_from([0, 1_000, 50_000, 3_000_000, 60_000_000]))
    def wait(self, passed):
        self.now += passed

    @rule(
        budget=st.sampled_from([FLEET, ADDRESS, *ACCOUNTS]),
        length=st.integers(-1, 20_000_000),
    )
    def meet_a_wall(self, budget, length):
        opens_at = self.calendar.freeze(budget.key, now=self.now, length=length)
        assert opens_at >= self.now + max(length, 0)
        at, _ = self.calendar.take((budget,), now=self.now, latest=0, priority=Priority.INTERACTIVE)
        assert at >= opens_at

    @rule(budget=st.sampled_from([FLEET, ADDRESS, *ACCOUNTS]))
    def lift(self, budget):
        self.calendar.lift(budget.key)

    @invariant()
    def turns_of_a_bucket_are_an_interval_apart(self):
        for bucket in (FLEET, ADDRESS, *ACCOUNTS):
            turns = sorted(at for at, kind in self.granted if bucket in kind)
            assert all(later - at >= bucket.interval_us for at, later in pairwise(turns))

    @invariant()
    def no_window_holds_more_than_a_quota_allows(self):
        for quota in QUOTAS:
            turns = sorted(at for at, kind in self.granted for one in kind if one == quota)
            outer = zip(turns, turns[quota.most :], strict=False)
            assert all(later - at >= quota.window_us for at, later in outer)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def take(calendar, *budgets, now=0, latest=FOREVER, priority=Priority.BACKGROUND):
    return calendar.take(budgets, now=now, latest=latest, priority=priority)


def test_a_refused_turn_is_charged_to_nobody():
    calendar = Calendar()
    take(calendar, ACCOUNTS[0])

    refused = take(calendar, ACCOUNTS[0], QUOTAS[0], WIDE, latest=1)

    assert refused == (ACCOUNTS[0].interval_us, False)
    assert take(calendar, WIDE) == (0, True)
    assert [take(calendar, QUOTAS[0])[0] for _ in range(6)] == [0] * 5 + [4_000_000]


def test_a_turn_far_ahead_keeps_nobody_from_going_before_it():
    calendar = Calendar()
    take(calendar, ACCOUNTS[0], ADDRESS)

    far, _ = take(calendar, ACCOUNTS[0], ADDRESS)
    between = [take(calendar, ADDRESS)[0] for _ in range(4)]

    assert far == ACCOUNTS[0].interval_us
    assert between == [ADDRESS.interval_us * place for place in (1, 2, 3, 4)]


def test_a_turn_given_back_is_the_next_one_taken():
    calendar = Calendar()
    first, second, third = (take(calendar, ADDRESS)[0] for _ in range(3))

    calendar.give_back([ADDRESS], at=second)

    assert take(calendar, ADDRESS) == (second, True)
    assert first < second < third


def test_a_person_waits_for_a_lane_only_however_long_the_line_is():
    calendar = Calendar()
    line = [take(calendar, FLEET)[0] for _ in range(600)]

    at, _ = take(calendar, FLEET, priority=Priority.INTERACTIVE)

    assert at <= (LANE + IMMINENT + 1) * FLEET.interval_us
    assert line[-1] > 5_000_000


def test_people_do_not_push_the_line_back():
    calendar = Calendar()
    for _ in range(500):
        take(calendar, FLEET)
    tail, _ = take(calendar, FLEET)

    people = [take(calendar, FLEET, priority=Priority.INTERACTIVE)[0] for _ in range(40)]

    assert max(people) <= tail
    assert take(calendar, FLEET)[0] - tail <= 2 * FLEET.interval_us


def test_a_lane_that_nobody_uses_is_not_lost():
    calendar = Calendar()
    now, turns = 0, []
    for _ in range(1_200):  # ten callers that ask again as soon as they went
        turns.append(take(calendar, FLEET, now=now)[0])
        now = sorted(turns)[max(0, len(turns) - 10)]

    assert max(turns) - min(turns) <= 1_200 * FLEET.interval_us * 1.01


def test_a_bucket_opens_slowly():
    calendar = Calendar()
    opens_at = calendar.freeze(ADDRESS.key, now=0, length=1_000_000)

    turns = [take(calendar, ADDRESS)[0] for _ in range(60)]

    gaps = [later - at for at, later in pairwise(turns)]
    assert turns[0] == opens_at
    assert gaps[0] == ADDRESS.interval_us * RAMP_FACTOR
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == ADDRESS.interval_us
    assert turns[gaps.index(ADDRESS.interval_us)] >= opens_at + RAMP_US


def test_a_longer_freeze_already_there_stays():
    calendar = Calendar()
    calendar.freeze(ADDRESS.key, now=0, length=30)

    assert calendar.freeze(ADDRESS.key, now=10, length=5) == 30
    assert calendar.freeze(ADDRESS.key, now=10, length=50) == 60


def test_a_wall_met_while_opening_closes_for_twice_as_long():
    calendar = Calendar()
    opens_at = calendar.freeze(ADDRESS.key, now=0, length=10_000_000)
    lengths = []
    for _ in range(6):
        now = opens_at + 1
        opens_at = calendar.freeze(ADDRESS.key, now=now, length=10_000_000)
        lengths.append((opens_at - now) // 10_000_000)

    assert lengths == [2, 4, 8, 16, 16, 16]


def test_a_wall_met_after_all_was_well_closes_as_long_as_it_says():
    calendar = Calendar()
    opens_at = calendar.freeze(ADDRESS.key, now=0, length=10_000_000)
    now = opens_at + RAMP_US

    assert calendar.freeze(ADDRESS.key, now=now, length=10_000_000) == now + 10_000_000


def test_what_is_remembered_counts():
    calendar = Calendar()

    calendar.remember(QUOTAS[0], used_at=[-3_000_000, -2_000_000, -1_000_000, -500_000, -100_000])

    assert take(calendar, QUOTAS[0]) == (1_000_000, True)
