from django.urls import path

from kaspi.api import orders, views

urlpatterns = [
    path("auth", views.ConnectView.as_view(), name="kaspi-connect"),
    path("auth/<uuid:login_id>", views.LoginView.as_view(), name="kaspi-login"),
    path("auth/<uuid:login_id>/code", views.LoginCodeView.as_view(), name="kaspi-login-code"),
    path(
        "auth/<uuid:login_id>/merchant",
        views.LoginMerchantView.as_view(),
        name="kaspi-login-merchant",
    ),
    path("stores/sync", views.SyncView.as_view(), name="store-sync"),
    path("stores/<int:store_id>/points", views.PointListView.as_view(), name="store-points"),
    path(
        "stores/<int:store_id>/password", views.StorePasswordView.as_view(), name="store-password"
    ),
    path("stores/<int:store_id>/import", views.ImportView.as_view(), name="store-import"),
    path("stores/<int:store_id>/price-list", views.PriceListView.as_view(), name="price-list"),
    path(
        "stores/<int:store_id>/price-list/rotate",
        views.PriceListRotateView.as_view(),
        name="price-list-rotate",
    ),
    path(
        "stores/<int:store_id>/orders-token",
        orders.OrdersTokenView.as_view(),
        name="orders-token",
    ),
    path("orders", orders.OrderListView.as_view(), name="orders"),
    path("orders/<int:order_id>", orders.OrderView.as_view(), name="order"),
    path("jobs", views.JobListView.as_view(), name="kaspi-jobs"),
    path("jobs/<uuid:job_id>", views.JobView.as_view(), name="kaspi-job"),
]
