from django.urls import path

from news.api import events

urlpatterns = [
    path("", events.EventStreamView.as_view(), name="events"),
    path("/recent", events.RecentEventsView.as_view(), name="recent-events"),
]
