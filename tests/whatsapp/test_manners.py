from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.manners import Allowance, Said, Wanted, gap_s, hindrance, lock_of, typing_s

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 23, 7, tzinfo=UTC)  # 12:00 in Almaty
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = Wanted(contact_id=1, is_first=True, is_answer=False)
ANSWER = Wanted(contact_id=1, is_first=False, is_answer=True)
KNOWN = Wanted(contact_id=1, is_first=False, is_answer=False)


def allowance(**fields):
    usual = {"opens_at": 9 * 60, "closes_at": 21 * 60, "most_an_hour": 60, "most_a_day": 300}
    return Allowance(**{**usual, "most_first_a_day": 20, **fields})


def said(count, *, ago=timedelta(minutes=1), contact_id=2, is_first=False):
    return [Said(NOON - ago, contact_id, is_first) for _ in range(count)]


@pytest.mark.parametrize(
    ("wanted", "fields", "before", "now", "expected"),
    [
        (FIRST, {}, [], NOON, None),
        (ANSWER, {}, [], NOON - 9 * HOUR, None),
        (KNOWN, {}, [], NOON - 9 * HOUR, ("quiet-hours", NOON - 3 * HOUR)),
        (KNOWN, {}, [], NOON + 9 * HOUR, ("quiet-hours", NOON + 21 * HOUR)),
        (KNOWN, {}, [], NOON - 3 * HOUR, None),
        (FIRST, {"locked_until": NOON + HOUR}, [], NOON, ("first-messages-locked", NOON + HOUR)),
        (FIRST, {"locked_until": NOON}, [], NOON, None),
        (KNOWN, {"locked_until": NOON + HOUR}, [], NOON, None),
        (FIRST, {"is_capped": True}, [], NOON, ("first-messages-capped", NOON + HOUR)),
        (ANSWER, {"is_capped": True}, [], NOON, None),
        (KNOWN, {"most_an_hour": 2}, said(2), NOON, ("hourly-limit", NOON + timedelta(minutes=59))),
        (KNOWN, {"most_an_hour": 2}, said(2, ago=HOUR), NOON, None),
        (ANSWER, {"most_a_day": 3}, said(3, ago=2 * HOUR), NOON, ("daily-limit", NOON + 22 * HOUR)),
        (KNOWN, {"most_first_a_day": 0}, [], NOON, None),
        (FIRST, {"most_first_a_day": 0}, [], NOON, ("first-messages-limit", NOON + DAY)),
        (
            *(FIRST, {"most_first_a_day": 2}, said(2, is_first=True)),
            *(NOON, ("first-messages-limit", NOON + DAY - timedelta(minutes=1))),
        ),
        (
            *(FIRST, {}, said(4, contact_id=1, is_first=True)),
            *(NOON, ("unanswered-limit", NOON + timedelta(minutes=59))),
        ),
        (FIRST, {}, said(4, contact_id=2, is_first=True), NOON, None),
    ],
)
def test_what_keeps_a_message_from_going(wanted, fields, before, now, expected):
    found = hindrance(wanted, allowance(**fields), before, now=now)

    assert (found and (found.reason, found.until)) == expected


@given(st.integers(0, 24 * 60 - 1), st.lists(st.integers(0, 86_000), max_size=40))
def test_when_it_may_be_asked_again_something_has_changed(minute, ages):
    now = NOON + timedelta(minutes=minute)
    times = sorted(now - timedelta(seconds=age) for age in ages)
    before = [Said(at, 1, is_first=True) for at in times]
    limits = allowance(most_an_hour=5, most_a_day=9, most_first_a_day=7)

    for _ in range(60):
        found = hindrance(FIRST, limits, before, now=now)
        if found is None:
            break
        assert found.until > now
        now = found.until
        before = [one for one in before if one.at > now - DAY]

    assert found is None


def test_a_long_text_takes_longer_to_type_and_never_for_ever():
    dice = Random(3)

    short, long, endless = (typing_s("а" * letters, dice) for letters in (1, 90, 5000))

    assert 1 <= short < long < endless < 16


def test_first_messages_keep_half_a_minute_and_more_between_them():
    dice = Random(3)

    assert all(30 <= gap_s(is_first=True, dice=dice) <= 60 for _ in range(50))
    assert all(2 <= gap_s(is_first=False, dice=dice) <= 5 for _ in range(50))


def test_a_lock_that_nobody_dates_lasts_a_day():
    assert lock_of(None, now=NOON) == NOON + DAY
    assert lock_of(NOON - HOUR, now=NOON) == NOON + DAY
    assert lock_of(NOON + HOUR, now=NOON) == NOON + HOUR
