from django.urls import path

from preorders.api import views

urlpatterns = [
    path("", views.PreorderListView.as_view(), name="preorders"),
    path("/bulk", views.BulkPreordersView.as_view(), name="preorders-bulk"),
    path("/bulk-end", views.BulkEndView.as_view(), name="preorders-bulk-end"),
    path("/<int:preorder_id>", views.PreorderView.as_view(), name="preorder"),
]
