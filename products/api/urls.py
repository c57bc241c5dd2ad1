from django.urls import path

from products.api import views

urlpatterns = [
    path("", views.ProductListView.as_view(), name="products"),
    path("/<int:product_id>", views.ProductView.as_view(), name="product"),
    path("/<int:product_id>/history", views.ProductHistoryView.as_view(), name="product-history"),
]
