from django.urls import path

from kaspi.api import views

urlpatterns = [
    path("auth", views.ConnectView.as_view(), name="kaspi-connect"),
    path("auth/<uuid:login_id>", views.LoginView.as_view(), name="kaspi-login"),
    path("auth/<uuid:login_id>/code", views.LoginCodeView.as_view(), name="kaspi-login-code"),
    path(
        "auth/<uuid:login_id>/merchant",
        views.LoginMerchantView.as_view(),
        name="kaspi-login-merchant",
    ),
    path("stores", views.StoreListView.as_view(), name="stores"),
    path("stores/sync", views.SyncView.as_view(), name="store-sync"),
    path("stores/<int:store_id>", views.StoreView.as_view(), name="store"),
    path("jobs/<uuid:job_id>", views.JobView.as_view(), name="kaspi-job"),
]
