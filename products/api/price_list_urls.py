"""Addresses under ``/kaspi/`` for which one has to know a store's products."""

from django.urls import path

from products.api import feed, rules, safety, stores, views

urlpatterns = [
    path("feed/<str:key>.xml", feed.FeedView.as_view(), name="price-list-feed"),
    path("stores", stores.StoreListView.as_view(), name="stores"),
    path("stores/<int:store_id>", stores.StoreView.as_view(), name="store"),
    path("stores/<int:store_id>/pause", safety.PauseView.as_view(), name="store-pause"),
    path("stores/<int:store_id>/resume", safety.ResumeView.as_view(), name="store-resume"),
    path("stores/<int:store_id>/undo", safety.UndoView.as_view(), name="store-undo"),
    path("stores/<int:store_id>/rules", rules.StoreRulesView.as_view(), name="store-rules"),
    path("stores/<int:store_id>/channel", views.ChannelView.as_view(), name="store-channel"),
]
