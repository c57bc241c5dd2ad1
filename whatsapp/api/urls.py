from django.urls import path

from whatsapp.api import broadcasts, hooks, messages, preferences, sessions, templates

urlpatterns = [
    path("session", sessions.SessionView.as_view(), name="whatsapp-session"),
    path("session/create", sessions.ConnectView.as_view(), name="whatsapp-connect"),
    path("session/qr", sessions.CodeView.as_view(), name="whatsapp-code"),
    path("session/pairing-code", sessions.PairingView.as_view(), name="whatsapp-pairing"),
    path("session/logout", sessions.LogOutView.as_view(), name="whatsapp-logout"),
    path("send", messages.SendView.as_view(), name="whatsapp-send"),
    path("messages", messages.MessageListView.as_view(), name="whatsapp-messages"),
    path("messages/<int:message_id>", messages.MessageView.as_view(), name="whatsapp-message"),
    path("contacts", messages.ContactListView.as_view(), name="whatsapp-contacts"),
    path("templates", templates.TemplateListView.as_view(), name="whatsapp-templates"),
    path(
        "templates/<int:template_id>",
        templates.TemplateView.as_view(),
        name="whatsapp-template",
    ),
    path(
        "templates/<int:template_id>/preview",
        templates.PreviewView.as_view(),
        name="whatsapp-template-preview",
    ),
    path("broadcasts", broadcasts.BroadcastListView.as_view(), name="whatsapp-broadcasts"),
    path(
        "broadcasts/<int:broadcast_id>",
        broadcasts.BroadcastView.as_view(),
        name="whatsapp-broadcast",
    ),
    path(
        "broadcasts/<int:broadcast_id>/start",
        broadcasts.StartView.as_view(),
        name="whatsapp-broadcast-start",
    ),
    path(
        "broadcasts/<int:broadcast_id>/pause",
        broadcasts.PauseView.as_view(),
        name="whatsapp-broadcast-pause",
    ),
    path(
        "broadcasts/<int:broadcast_id>/end",
        broadcasts.EndView.as_view(),
        name="whatsapp-broadcast-end",
    ),
    path("preferences", preferences.PreferencesView.as_view(), name="whatsapp-preferences"),
    path("hooks/<uuid:connection_id>", hooks.HookView.as_view(), name="whatsapp-hook"),
]
