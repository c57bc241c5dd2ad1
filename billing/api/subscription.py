"""A seller's subscription: bought, tried, looked at, changed, cancelled."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.caller import OwnersView, caller
from billing import selectors
from billing.api.serializers import (
    AddonsInput,
    BasketInput,
    CancelInput,
    ChangedOutput,
    IntentOutput,
    QuoteOutput,
    StandingOutput,
    SubscribeInput,
    SubscriptionOutput,
    TrialInput,
)
from billing.services import baskets, buying, changing, entitlements, subscriptions, trials
from billing.services.baskets import Basket
from cube_demper.kernel.api import Input


def _said(kind: type[Input], request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    return said


def _basket(said: dict[str, Any]) -> Basket:
    return baskets.chosen(
        plan=said["plan"], period=said["period"], addons=said["addons"], now=timezone.now()
    )


class SubscribeView(OwnersView):
    @extend_schema(request=SubscribeInput, responses={201: IntentOutput})
    def post(self, request: Request) -> Response:
        """Order a plan: what is to be paid, and what to start the provider's widget with.

        Only the provider's word to us grants anything: a page it leads back to proves nothing.
        """
        said = _said(SubscribeInput, request)
        intent = buying.subscribe(
            user=caller(request), basket=_basket(said), promo=said["promo"], now=timezone.now()
        )
        return Response(IntentOutput(intent).data, status=201)


class TrialView(OwnersView):
    @extend_schema(request=TrialInput, responses={201: SubscriptionOutput})
    def post(self, request: Request) -> Response:
        """Try a plan, once for each shop and each telephone number."""
        said = _said(TrialInput, request)
        subscription = trials.start_trial(
            user=caller(request), basket=_basket(said), phone=said["phone"], now=timezone.now()
        )
        return Response(SubscriptionOutput(subscription).data, status=201)


class SubscriptionView(OwnersView):
    @extend_schema(responses=StandingOutput)
    def get(self, request: Request) -> Response:
        """What the seller may do now, and the subscription it comes from."""
        user = caller(request)
        standing = entitlements.entitlement_of(user.pk, now=timezone.now())
        said = {
            "plan": standing.plan,
            "terms": standing.terms,
            "features": sorted(standing.terms.features),
            "until": standing.until,
            "subscription": selectors.subscription_shown(user),
        }
        return Response(StandingOutput(said).data)


class PreviewView(OwnersView):
    only_reads = True

    @extend_schema(request=BasketInput, responses=QuoteOutput)
    def post(self, request: Request) -> Response:
        """What a change would cost now, before it is made."""
        basket = _basket(_said(BasketInput, request))
        offered = changing.preview(user=caller(request), basket=basket, now=timezone.now())
        return Response(QuoteOutput(offered).data)


class ChangeView(OwnersView):
    @extend_schema(request=BasketInput, responses=ChangedOutput)
    def post(self, request: Request) -> Response:
        """Change the plan, the period or the add-ons.

        What costs more is paid first and holds at once; what does not begins with the next period.
        """
        basket = _basket(_said(BasketInput, request))
        return _changed(request, basket)


class AddonsView(OwnersView):
    @extend_schema(request=AddonsInput, responses=ChangedOutput)
    def put(self, request: Request) -> Response:
        """Have these add-ons, beside the same plan."""
        said = _said(AddonsInput, request)
        own = subscriptions.subscription_of(caller(request))
        kept = baskets.next_basket_of(own)
        basket = baskets.with_addons(kept, said["addons"], now=timezone.now())
        return _changed(request, basket)


def _changed(request: Request, basket: Basket) -> Response:
    changed = changing.change(user=caller(request), basket=basket, now=timezone.now())
    said = {**QuoteOutput(changed.quote).data, "intent": None}
    if changed.intent is not None:
        said["intent"] = IntentOutput(changed.intent).data
    return Response(said)


class CancelView(OwnersView):
    @extend_schema(request=CancelInput, responses=SubscriptionOutput)
    def post(self, request: Request) -> Response:
        """Cancel: with what is paid for, or at once."""
        said = _said(CancelInput, request)
        subscription = subscriptions.cancel(
            user=caller(request), at_once=said["at_once"], now=timezone.now()
        )
        return Response(SubscriptionOutput(subscription).data)


class ResumeView(OwnersView):
    @extend_schema(request=None, responses=SubscriptionOutput)
    def post(self, request: Request) -> Response:
        """Take a cancellation back, as long as it has not come true."""
        subscription = subscriptions.resume(user=caller(request), now=timezone.now())
        return Response(SubscriptionOutput(subscription).data)
