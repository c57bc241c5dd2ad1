from django.urls import path

from billing.api import plans

urlpatterns = [
    path("plans", plans.PlansView.as_view(), name="billing-plans"),
]
