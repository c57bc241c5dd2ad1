from django.urls import path

from accounts.api import keys, passwords, sessions, team, views

urlpatterns = [
    path("register", views.RegisterView.as_view(), name="register"),
    path("login", views.LoginView.as_view(), name="login"),
    path("refresh", views.RefreshView.as_view(), name="refresh"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("me", views.MeView.as_view(), name="me"),
    path("password/change", passwords.PasswordChangeView.as_view(), name="password-change"),
    path("password/reset", passwords.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password/reset/confirm",
        passwords.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("email/verification", passwords.EmailVerificationView.as_view(), name="email-proof"),
    path("email/verify", passwords.EmailVerifyView.as_view(), name="email-verify"),
    path("api-keys", keys.ApiKeyListView.as_view(), name="api-keys"),
    path("api-keys/<int:key_id>", keys.ApiKeyView.as_view(), name="api-key"),
    path("team", team.TeamView.as_view(), name="team"),
    path("team/accept", team.AcceptView.as_view(), name="team-accept"),
    path("team/<int:helper_id>", team.HelperView.as_view(), name="helper"),
    path("sellers", team.HelpedSellerListView.as_view(), name="helped-sellers"),
    path("sellers/<int:seller_id>", team.HelpedSellerView.as_view(), name="helped-seller"),
    path("sessions", sessions.SessionListView.as_view(), name="sessions"),
    path("sessions/<int:session_id>", sessions.SessionView.as_view(), name="session"),
]
