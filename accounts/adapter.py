from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import way_back
from accounts.models import User
from accounts.reauthentication import came_in_recently

# The messages that the next page shows, which is an account page. The rest would wait in the session for another day, and name
# an address: logged in, logged out, code sent to, address confirmed.
SHOWN_AT_ONCE = {"account/messages/password_changed.txt", "account/messages/password_set.txt"}


class AccountAdapter(DefaultAccountAdapter):
    """What Plainwell does its own way in allauth's flows."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This address and this password do not belong together. You can also have a code sent.",
        "email_taken": "There is an account with this address already.",
        "duplicate_email": "This is the address of your account now.",
        "incorrect_code": "This is not the code that we sent last.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your password.",
        "too_many_login_attempts": "That was often in a short time. Please wait a few minutes, then try again.",
        "rate_limited": "That was often in a short time. Please wait a minute, then try again.",
    }

    # --- The way back ---

    def is_safe_url(self, url):
        return way_back.own_path(context.request, url) is not None

    def post_login(self, request, user, **login):
        """Every login ends here, however it began: at the place that was kept. What allauth carried along is not asked."""
        login["redirect_url"] = way_back.leave(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
        return super().post_login(request, user, **login)

    def get_email_verification_redirect_url(self, email_address):
        return reverse("accounts:me")

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:me")

    # --- What is said ---

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        if message or (request.user.is_authenticated and message_template in SHOWN_AT_ONCE):
            super().add_message(request, level, message_template, message_context, extra_tags, message)

    def send_mail(self, template_prefix, email, context):
        if template_prefix == "account/email/unknown_account" and User.objects.filter(email=email, is_active=False).exists():
            template_prefix = "account/email/closed_account"
        words = {"site_name": settings.SITE_NAME, "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60}
        super().send_mail(template_prefix, email, words | context)

    # --- Is it still you? ---

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated:
            url = reverse("accounts:reauthenticate_by_code")
            methods.append({"id": "reauthenticate_by_code", "description": "Send me a code", "url": url})
        return methods

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whether to ask who is there before a change that could lock the member out: not within minutes of coming in."""
        if not super().is_reauthentication_required(app=app, **kwargs) or came_in_recently(self.request):
            return False
        if not get_reauthentication_flows(self.request.user):
            # Said with an exception, since allauth takes True from here and then lets through whoever has no password.
            raise ReauthenticationRequired
        return True
