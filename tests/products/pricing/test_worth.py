from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from products.pricing.worth import (
    PATIENCE,
    QUOTA,
    WINDOW,
    Chosen,
    Spent,
    Urgency,
    Waiting,
    choose,
    expected_hold_s,
    has_aged,
    learned_hold,
    urgency_of,
    worth,
)

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def tenge(amount):
    return None if amount is None else Money.tenge(amount)


def ago(**period):
    return NOW - timedelta(**period)


def waits(change_id=1, *, old=1000, new=950, floor=900, rival=951, since=NOW, **known):
    """A change that wins the first place, unless it is said otherwise."""
    return Waiting(
        change_id,
        old=tenge(old),
        new=Money.tenge(new),
        floor=Money.tenge(floor),
        rival=tenge(rival),
        since=since,
        **{"steady_since": since, **known},
    )


def win(change_id=1, **known):
    return waits(change_id, **known)


def correction(change_id=1, **known):
    return waits(change_id, **{"old": 1000, "new": 999, "rival": None, **known})


def repair(change_id=1, **known):
    return waits(change_id, **{"old": 890, **known})


def own(change_id=1, **known):
    return waits(change_id, is_own=True, **known)


def aged(change_id=1, **known):
    return correction(change_id, **{"since": ago(hours=1), **known})


def spent(number, *, last=timedelta(0), aged=0):
    """So many changes, all of them at the last one's time."""
    return Spent([NOW - last] * number, aged)


def chosen(*waiting, spent=Spent(), most=50, now=NOW):  # noqa: B008 -- frozen
    return choose(waiting, spent=spent, most=most, now=now)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(repair(), Urgency.REPAIR, id="in force is less than the floor"),
        pytest.param(repair(is_own=True), Urgency.REPAIR, id="whoever asked"),
        pytest.param(own(), Urgency.OWN, id="a person waits"),
        pytest.param(win(since=ago(hours=1)), Urgency.AGED, id="for an hour by now"),
        pytest.param(win(since=ago(minutes=59)), Urgency.WIN, id="not for an hour yet"),
        pytest.param(win(new=995, rival=996), Urgency.WIN, id="little, but the place"),
        pytest.param(correction(new=995), Urgency.WIN, id="half a percent"),
        pytest.param(correction(new=996), Urgency.CORRECTION, id="less"),
        pytest.param(correction(old=1000, new=1004, rival=1005), Urgency.CORRECTION, id="up"),
        pytest.param(win(old=None), Urgency.WIN, id="from a price that nobody knows"),
    ],
)
def test_a_change_is_about(change, expected):
    assert urgency_of(change, now=NOW) is expected


def test_with_quota_to_spare_everything_goes_at_once():
    waiting = [make(number) for number, make in enumerate((correction, win, own, aged, repair) * 8)]

    assert sorted(chosen(*waiting).change_ids) == list(range(40))


@pytest.mark.parametrize(
    ("change", "number", "may"),
    [
        pytest.param(correction(), 119, True, id="correction: half the quota"),
        pytest.param(correction(), 180, False, id="correction: not where quota is short"),
        pytest.param(win(), 215, True, id="win: nearly all"),
        pytest.param(win(), 216, False, id="win: not what is kept for others"),
        pytest.param(aged(), 216, False, id="aged: the same"),
        pytest.param(own(), 229, True, id="own: more"),
        pytest.param(own(), 230, False, id="own: not what is kept for repairs"),
        pytest.param(repair(), 239, True, id="repair: all"),
        pytest.param(repair(), 240, False, id="repair: and no more"),
    ],
)
def test_each_urgency_has_its_share_of_the_quota(change, number, may):
    quiet = timedelta(minutes=10)  # since the last one: nothing has to keep apart

    assert chosen(change, spent=spent(number, last=quiet)).change_ids == ((1,) if may else ())


def test_who_waits_for_quota_goes_when_enough_has_left_the_window():
    times = [ago(minutes=29 - number / 10) for number in range(QUOTA)]

    waiting = chosen(repair(), spent=Spent(times))

    assert waiting == Chosen((), times[0] + WINDOW)


def test_past_half_the_quota_changes_keep_apart_the_more_the_less_is_left():
    gaps = [
        (chosen(win(), spent=spent(number)).next_at - NOW).total_seconds()
        for number in (121, 150, 180, 215)
    ]

    assert [round(gap, 2) for gap in gaps] == [0.09, 2.6, 5.21, 8.25]


def test_a_repair_and_a_person_do_not_keep_apart():
    assert chosen(repair(1), own(2), spent=spent(200)).change_ids == (1, 2)


def test_a_loss_that_is_being_made_goes_first_then_a_person_then_what_wins():
    waiting = (correction(1), win(2), aged(3), own(4), repair(5), repair(6, old=850))

    assert chosen(*waiting).change_ids == (6, 5, 4, 3, 2, 1)


def test_what_has_waited_for_an_hour_has_a_share_and_no_more():
    waiting = (*(aged(number) for number in range(1, 4)), win(9))

    taken = chosen(*waiting, spent=spent(30, aged=22))

    assert taken.change_ids == (1, 2, 9, 3)


@pytest.mark.parametrize(
    ("better", "than"),
    [
        pytest.param({"new": 950}, {"new": 940}, id="the margin"),
        pytest.param({"rival": 951}, {"old": 949, "rival": 951}, id="the place"),
        pytest.param({"sales_a_day": 3.0}, {"sales_a_day": 2.0}, id="the sales"),
        pytest.param({"sales_a_day": 50.0}, {}, id="the sales, where others' are not known"),
        pytest.param({"is_priority": True}, {}, id="the seller's word"),
        pytest.param({"hold_s": 7200.0}, {"hold_s": 60.0}, id="a price that holds"),
        pytest.param({"steady_since": ago(minutes=9)}, {}, id="a price that has held"),
    ],
)
def test_what_decides_between_two_is(better, than):
    one, other = win(2, **better), win(1, **than)

    assert worth(one, now=NOW) > worth(other, now=NOW)
    assert chosen(other, one, most=1).change_ids == (2,)


def test_of_two_alike_the_one_that_waits_longer_goes():
    waiting = (win(1), win(2, since=ago(seconds=1), steady_since=NOW))

    assert chosen(*waiting, most=1) == Chosen((2,), NOW)


def test_how_long_prices_hold_is_learned_and_what_is_new_weighs_more():
    first = learned_hold(None, held_s=600.0)
    second = learned_hold(first, held_s=600.0)

    assert (first, second) == (16_350.0, 12_412.5)


def test_a_clock_that_went_back_teaches_that_nothing_held():
    assert learned_hold(400.0, held_s=-5.0) == 300.0


def test_a_price_that_has_held_is_expected_to_hold_longer():
    change = win(hold_s=100.0, steady_since=ago(seconds=400))

    assert expected_hold_s(change, now=NOW) == 200.0


def test_an_hour_is_long_to_wait():
    assert (has_aged(NOW - PATIENCE, now=NOW), has_aged(ago(minutes=59), now=NOW)) == (True, False)


_KINDS = (repair, own, aged, win, correction)
_ONE = st.tuples(st.sampled_from(_KINDS), st.integers(901, 1_100), st.integers(1, 4_000))
_LINES = st.lists(_ONE, max_size=60)
_SHORT_LINES = st.lists(_ONE, min_size=1, max_size=4)


def line(drawn):
    return [
        make(number, hold_s=float(hold_s), **({} if make is correction else {"new": new}))
        for number, (make, new, hold_s) in enumerate(drawn)
    ]


@given(drawn=_LINES, number=st.integers(0, 240), most=st.integers(1, 20), seed=st.integers())
def test_law_the_order_of_arrival_decides_nothing(drawn, number, most, seed):
    waiting = line(drawn)
    shuffled = Random(seed).sample(waiting, len(waiting))

    assert chosen(*waiting, spent=spent(number), most=most) == chosen(
        *shuffled, spent=spent(number), most=most
    )


@given(drawn=_SHORT_LINES, number=st.integers(170, 245), most=st.integers(1, 60))
def test_law_what_is_kept_is_only_for_those_it_is_kept_for(drawn, number, most):
    waiting = line(drawn)
    urgencies = {change.change_id: urgency_of(change, now=NOW) for change in waiting}

    taken = chosen(*waiting, spent=spent(number, last=timedelta(minutes=9)), most=most).change_ids

    for place, change_id in enumerate(taken):
        if number + place >= 180:
            assert urgencies[change_id] is not Urgency.CORRECTION
        if number + place >= 216:
            assert urgencies[change_id] in {Urgency.REPAIR, Urgency.OWN}
        if number + place >= 230:
            assert urgencies[change_id] is Urgency.REPAIR
    assert number + len(taken) <= max(number, QUOTA)


@settings(max_examples=25, deadline=None)  # each is a long day
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(_KINDS), st.integers(0, 120)), min_size=300, max_size=500
    )
)
def test_law_no_half_hour_holds_more_than_the_quota(steps):
    now = NOW
    sent: list[datetime] = []
    waiting: dict[int, Waiting] = {}
    for number, (make, pause_s) in enumerate(steps):
        now += timedelta(seconds=pause_s / 10)
        waiting[number] = make(number)
        recent = Spent([at for at in sent if at > now - WINDOW])
        for change_id in chosen(*waiting.values(), spent=recent, now=now).change_ids:
            sent.append(now)
            del waiting[change_id]

    most = max((sum(at - WINDOW < other <= at for other in sent) for at in sent), default=0)
    assert most <= QUOTA


@settings(max_examples=10, deadline=None)  # an hour each
@given(seed=st.integers(0, 10_000))
def test_law_nobody_waits_for_ever(seed):
    """However much better others are that keep coming, one hour and a few turns are enough."""
    random, now = Random(seed), NOW
    sent: list[tuple[datetime, bool]] = []
    poor = correction(0, since=now, hold_s=1.0)
    gone_after = None
    for number in range(1, 1_000):
        now += timedelta(seconds=10)
        better = [
            win(number * 10 + place, since=now, hold_s=random.uniform(1e3, 1e5))
            for place in range(3)
        ]
        recent = [(at, was_aged) for at, was_aged in sent if at > now - WINDOW]
        record = Spent([at for at, _ in recent], sum(was_aged for _, was_aged in recent))
        taken = chosen(poor, *better, spent=record, most=1, now=now).change_ids
        sent += [(now, change_id == 0) for change_id in taken]
        if 0 in taken:
            gone_after = now - NOW
            break

    assert gone_after is not None
    assert gone_after <= PATIENCE + timedelta(minutes=1)
