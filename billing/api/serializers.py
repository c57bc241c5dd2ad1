"""What comes in and goes out about subscriptions and payments."""

from typing import Any

from rest_framework import serializers

from billing.api.plans import LimitsOutput, NameOutput
from billing.models import Cause, PaymentState, Period, Purpose, SubscriptionState
from cube_demper.kernel.api import CodeField, Input, StrictCharField, StrictIntegerField, TiynField

_MOST_OF_ADDON = 1_000
_PERIODS = [period.value.lower() for period in Period]


def _codes(choices: Any) -> str:
    return ", ".join(f"`{value.lower()}`" for value in choices.values)


class AddonsField(serializers.DictField):
    """How many of each add-on, by its code."""

    child = StrictIntegerField(min_value=0, max_value=_MOST_OF_ADDON)


class BasketInput(Input):
    """A plan for a month or a year, with add-ons by code."""

    plan = StrictCharField(max_length=32)
    period = serializers.ChoiceField(choices=_PERIODS, default="month")
    addons = AddonsField(required=False, default=dict)

    def validate_period(self, value: str) -> Period:
        return Period(value.upper())


class SubscribeInput(BasketInput):
    promo = StrictCharField(max_length=32, required=False, default="", allow_blank=True)


class TrialInput(BasketInput):
    """`phone`: with its country code; a number may be tried with once."""

    phone = serializers.RegexField(r"^\+?[0-9]{10,15}$")


class AddonsInput(Input):
    addons = AddonsField()


class CancelInput(Input):
    """`at_once`: nothing is given back by itself. Otherwise it ends with what is paid for."""

    at_once = serializers.BooleanField(default=False)


class LinkInput(Input):
    language = serializers.ChoiceField(choices=["ru", "kk", "en"], default="ru")


class LinkOutput(serializers.Serializer[Any]):
    """A page of the provider's at which this payment may be made, once."""

    url = serializers.CharField()


class PaymentOutput(serializers.Serializer[Any]):
    """A payment. `payer_message` is the bank's word for the payer, where it declined."""

    id = serializers.UUIDField()
    purpose = CodeField(help_text=_codes(Purpose))
    state = CodeField(help_text=_codes(PaymentState))
    amount_tiyn = TiynField(source="amount")
    refunded_tiyn = TiynField(source="refunded")
    plan = serializers.CharField(source="version.plan.code")
    period = CodeField(help_text=_codes(Period))
    payer_message = serializers.CharField()
    made_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class IntentOutput(serializers.Serializer[Any]):
    """A payment that waits, and what to start the provider's widget with.

    `widget` is empty where the saved card is being charged.
    """

    payment = PaymentOutput()
    widget = serializers.DictField()


class SubscriptionAddonOutput(serializers.Serializer[Any]):
    code = serializers.CharField(source="addon.code")
    name = NameOutput(source="addon.name")
    quantity = serializers.IntegerField()


class SubscriptionOutput(serializers.Serializer[Any]):
    """What a seller has. `next_plan`: what it becomes with the next period, where that differs."""

    state = CodeField(help_text=_codes(SubscriptionState))
    plan = serializers.CharField(source="version.plan.code")
    period = CodeField(help_text=_codes(Period))
    addons = SubscriptionAddonOutput(many=True, source="addons.all")
    period_from = serializers.DateTimeField()
    period_to = serializers.DateTimeField()
    access_until = serializers.DateTimeField()
    ends_with_period = serializers.BooleanField()
    next_plan = serializers.CharField(
        source="next_version.plan.code", allow_null=True, default=None
    )
    next_period = CodeField(allow_blank=True)


class TransitionOutput(serializers.Serializer[Any]):
    old_state = CodeField(allow_blank=True)
    new_state = CodeField(help_text=_codes(SubscriptionState))
    cause = CodeField(help_text=_codes(Cause))
    at = serializers.DateTimeField()


class StandingOutput(serializers.Serializer[Any]):
    """What a seller may do now, by which plan; `subscription` is `null` where there is none."""

    plan = serializers.CharField()
    limits = LimitsOutput(source="terms")
    features = serializers.ListField(child=serializers.CharField())
    until = serializers.DateTimeField(allow_null=True)
    subscription = SubscriptionOutput(allow_null=True)


class QuoteOutput(serializers.Serializer[Any]):
    """What a change costs now, and when it takes effect; `next_price_tiyn` from then on."""

    due_now_tiyn = TiynField(source="due_now")
    credit_tiyn = TiynField(source="credit")
    takes_effect_at = serializers.DateTimeField()
    next_price_tiyn = TiynField(source="next_price")


class ChangedOutput(QuoteOutput):
    """`intent`: the payment that the change waits for; `null` where nothing is to be paid."""

    intent = IntentOutput(allow_null=True)
