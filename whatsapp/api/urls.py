from django.urls import path

from whatsapp.api import hooks, sessions

urlpatterns = [
    path("session", sessions.SessionView.as_view(), name="whatsapp-session"),
    path("session/create", sessions.ConnectView.as_view(), name="whatsapp-connect"),
    path("session/qr", sessions.CodeView.as_view(), name="whatsapp-code"),
    path("session/pairing-code", sessions.PairingView.as_view(), name="whatsapp-pairing"),
    path("session/logout", sessions.LogOutView.as_view(), name="whatsapp-logout"),
    path("hooks/<uuid:connection_id>", hooks.HookView.as_view(), name="whatsapp-hook"),
]
