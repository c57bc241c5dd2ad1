from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from billing.models import MoneyAlarm, Payment
from billing.services.buying import subscribe
from billing.services.reconciling import reconcile
from billing.tasks import reconcile_yesterday
from cube_demper.kernel.money import Money
from tests.billing.buyers import basket, came_for
from tests.billing.selling import open_plans
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture
def paid(seller, provider) -> Payment:
    """A payment that was made at the stand-in, now by its clock, and settled here."""
    open_plans()
    intent = subscribe(user=seller, basket=basket(), now=NOW)
    told = provider.pay(intent.widget)
    came_for(intent.payment, transaction_id=told.get("TransactionId", told.get("id")))
    return intent.payment


def today(provider):
    return datetime.fromtimestamp(provider.ask("clock")["now"], tz=UTC).date()


def test_a_day_that_agrees_raises_nothing(paid, provider):
    found = reconcile(day=today(provider), now=NOW)

    assert (found.operations, found.alarms) == (1, ())


def test_money_that_only_the_provider_knows_is_told(paid, provider):
    Payment.rows.filter(pk=paid.pk).update(state="WAITING")

    found = reconcile(day=today(provider), now=NOW)

    assert [alarm.kind for alarm in found.alarms] == [MoneyAlarm.Kind.MISSING_HERE]


def test_another_amount_is_told(paid, provider):
    Payment.rows.filter(pk=paid.pk).update(amount=Money.tenge(1))

    found = reconcile(day=today(provider), now=NOW)

    assert [alarm.kind for alarm in found.alarms] == [MoneyAlarm.Kind.DIFFERENT]


def test_money_that_only_we_know_is_told(paid, provider):
    found = reconcile(day=NOW.date(), now=NOW)

    assert [alarm.kind for alarm in found.alarms] == [MoneyAlarm.Kind.MISSING_THERE]


def test_the_command_says_what_does_not_fit(paid, provider):
    Payment.rows.filter(pk=paid.pk).update(state="WAITING", settled_at=timezone.now())
    said = StringIO()

    with pytest.raises(CommandError, match="1 things do not fit"):
        call_command("reconcile_payments", "--day", str(today(provider)), stdout=said)

    assert "MISSING_HERE transaction" in said.getvalue()


def test_the_provider_is_told_where_to_tell_us(provider, settings):
    settings.TIPTOPPAY_HOOKS_URL = "https://house.example/"
    said = StringIO()

    call_command("register_webhooks", stdout=said)

    assert said.getvalue().splitlines() == [
        f"https://house.example/billing/webhooks/{kind}"
        for kind in ("check", "pay", "fail", "confirm", "refund", "cancel", "recurrent")
    ]


def test_without_a_provider_the_command_says_so(settings):
    settings.TIPTOPPAY_PUBLIC_ID = ""

    with pytest.raises(CommandError, match="switched off"):
        call_command("register_webhooks")


def test_the_clock_lays_yesterday_beside_the_providers_and_tells_each_thing_once(paid, provider):
    noon = timezone.now().replace(hour=12, minute=0) - timedelta(days=1)
    Payment.rows.filter(pk=paid.pk).update(settled_at=noon)

    reconcile_yesterday()
    reconcile_yesterday()

    assert [alarm.kind for alarm in MoneyAlarm.objects.all()] == [MoneyAlarm.Kind.MISSING_THERE]


def test_without_a_provider_the_clock_asks_nobody(paid, settings):
    settings.TIPTOPPAY_PUBLIC_ID = ""

    reconcile_yesterday()

    assert MoneyAlarm.objects.count() == 0
