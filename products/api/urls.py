from django.urls import path

from products.api import (
    backtests,
    bulk,
    charts,
    cities,
    lists,
    reasoning,
    rivals,
    rules,
    safety,
    tables,
    views,
)

urlpatterns = [
    path("", lists.ProductListView.as_view(), name="products"),
    path("/bulk-update", bulk.BulkUpdateView.as_view(), name="bulk-update"),
    path("/bulk-update/undo", bulk.BulkUndoView.as_view(), name="bulk-update-undo"),
    path("/export", tables.ExportView.as_view(), name="products-export"),
    path("/import", tables.ImportTableView.as_view(), name="products-import"),
    path("/bulk-edits", bulk.BulkEditListView.as_view(), name="bulk-edits"),
    path("/bulk-edits/<int:edit_id>", bulk.BulkEditView.as_view(), name="bulk-edit"),
    path("/bulk-edits/<int:edit_id>/rows", bulk.BulkRowListView.as_view(), name="bulk-rows"),
    path("/rules", rules.AccountRulesView.as_view(), name="account-rules"),
    path("/proposals", safety.ProposalListView.as_view(), name="proposals"),
    path(
        "/<int:product_id>/proposal/approve",
        safety.ApproveView.as_view(),
        name="proposal-approve",
    ),
    path("/<int:product_id>/proposal/reject", safety.RejectView.as_view(), name="proposal-reject"),
    path("/<int:product_id>/rules", rules.ProductRulesView.as_view(), name="product-rules"),
    path("/<int:product_id>", views.ProductView.as_view(), name="product"),
    path("/<int:product_id>/cities", cities.CityListView.as_view(), name="product-cities"),
    path("/<int:product_id>/cities/<str:city_id>", cities.CityView.as_view(), name="product-city"),
    path("/<int:product_id>/preview", reasoning.PreviewView.as_view(), name="product-preview"),
    path("/<int:product_id>/backtest", backtests.BacktestView.as_view(), name="product-backtest"),
    path("/<int:product_id>/explain", reasoning.ExplainView.as_view(), name="product-explain"),
    path("/<int:product_id>/chart", charts.ChartView.as_view(), name="product-chart"),
    path("/<int:product_id>/rivals", rivals.RivalsView.as_view(), name="product-rivals"),
    path("/<int:product_id>/history", views.ProductHistoryView.as_view(), name="product-history"),
    path(
        "/<int:product_id>/history/<int:decision_id>",
        reasoning.DecisionView.as_view(),
        name="product-decision",
    ),
]
