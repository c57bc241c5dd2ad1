from django.urls import path

from news.api import webhooks

urlpatterns = [
    path("", webhooks.WebhookListView.as_view(), name="webhooks"),
    path("/<int:webhook_id>", webhooks.WebhookView.as_view(), name="webhook"),
    path("/<int:webhook_id>/test", webhooks.WebhookTestView.as_view(), name="webhook-test"),
    path(
        "/<int:webhook_id>/rotate-secret",
        webhooks.WebhookSecretView.as_view(),
        name="webhook-rotate-secret",
    ),
    path("/<int:webhook_id>/deliveries", webhooks.DeliveryListView.as_view(), name="deliveries"),
]
