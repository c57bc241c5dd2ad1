from django.urls import path

from billing.api import payments, plans, subscription, webhooks
from billing.ports import NotificationKind

urlpatterns = [
    path("plans", plans.PlansView.as_view(), name="billing-plans"),
    path("subscribe", subscription.SubscribeView.as_view(), name="billing-subscribe"),
    path("trial", subscription.TrialView.as_view(), name="billing-trial"),
    path("subscription", subscription.SubscriptionView.as_view(), name="billing-subscription"),
    path("subscription/preview", subscription.PreviewView.as_view(), name="billing-preview"),
    path("subscription/change", subscription.ChangeView.as_view(), name="billing-change"),
    path("subscription/addons", subscription.AddonsView.as_view(), name="billing-addons"),
    path("subscription/cancel", subscription.CancelView.as_view(), name="billing-cancel"),
    path("subscription/resume", subscription.ResumeView.as_view(), name="billing-resume"),
    path("payments", payments.PaymentsView.as_view(), name="billing-payments"),
    path("payments/<uuid:payment_id>", payments.PaymentView.as_view(), name="billing-payment"),
    path("payments/<uuid:payment_id>/link", payments.LinkView.as_view(), name="billing-link"),
    *(
        path(
            f"webhooks/{kind}",
            webhooks.WebhookView.as_view(kind=kind),
            name=f"billing-webhook-{kind}",
        )
        for kind in NotificationKind
    ),
]
