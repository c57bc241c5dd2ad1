from django.urls import path

from ai.api import chat, salesmen, views

_ONE = "conversations/<int:conversation_id>"

urlpatterns = [
    path("chat", chat.ChatView.as_view(), name="assistant-chat"),
    path("allowance", views.AllowanceView.as_view(), name="assistant-allowance"),
    path("conversations", views.ConversationListView.as_view(), name="conversations"),
    path(_ONE, views.ConversationView.as_view(), name="conversation"),
    path(f"{_ONE}/messages", views.MessageListView.as_view(), name="conversation-messages"),
    path(f"{_ONE}/stop", chat.StopView.as_view(), name="conversation-stop"),
    path(
        f"{_ONE}/messages/<int:message_id>/feedback",
        views.FeedbackView.as_view(),
        name="message-feedback",
    ),
    path("salesmen/<int:store_id>", salesmen.SalesmanView.as_view(), name="salesman"),
    path("suggestions", views.SuggestionListView.as_view(), name="suggestions"),
    path(
        "suggestions/<int:suggestion_id>/confirm",
        views.ConfirmView.as_view(),
        name="suggestion-confirm",
    ),
    path(
        "suggestions/<int:suggestion_id>/decline",
        views.DeclineView.as_view(),
        name="suggestion-decline",
    ),
]
