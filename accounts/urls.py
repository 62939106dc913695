from django.urls import include, path

from accounts import views

ours = [
    path("accounts/start/", views.start, name="start"),
    path("accounts/reauthenticate/code/", views.ReauthenticateByCode.as_view(), name="reauthenticate_by_code"),
    path("me/", views.me, name="me"),
]
# Pages of allauth that do a little more here. They keep their addresses and names, and stand before the originals.
instead = [
    path("signup/", views.SignUp.as_view(), name="account_signup"),
    path("login/", views.LogIn.as_view(), name="account_login"),
    path("login/code/", views.RequestCode.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", views.ConfirmLoginCode.as_view(), name="account_confirm_login_code"),
    path("email/", views.ChangeAddress.as_view(), name="account_email"),
    path("confirm-email/", views.ConfirmAddressCode.as_view(), name="account_email_verification_sent"),
    path("logout/", views.LogOut.as_view(), name="account_logout"),
    path("password/set/", views.set_password, name="account_set_password"),
    path("password/reset/", views.RequestPasswordReset.as_view(), name="account_reset_password"),
    path("password/reset/confirm/", views.ConfirmPasswordResetCode.as_view(), name="account_confirm_password_reset_code"),
]
urlpatterns = [
    path("", include((ours, "accounts"))),
    path("accounts/", include([*instead, path("", include("allauth.urls"))])),
]
