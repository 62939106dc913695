"""The entrance: sign up, log in, the code page; and the member's own page.

The views are allauth's. What ours add: the way back and the typed address are kept, known and unknown addresses get the same
answers, and whoever must ask for a new code is told why.
"""

import logging
import time

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.internal.templatekit import get_entrance_context_data
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, way_back
from accounts.reauthentication import ReauthenticationProcess

logger = logging.getLogger(__name__)

MINUTES = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
EXPIRED = f"The code does not hold any more: each one works once, for {MINUTES} minutes. You can get a new one here."
SPENT = "The code was not right three times, so it does not work any more; that keeps others out. You can get a new one here."
NOT_SENT = "We could not send the mail just now. Please try again in a few minutes."
SENT_AGAIN = "Another mail is on its way to you. Only the newest code works."


# --- Pages that ask for an address ------------------------------------------------------------------------------------------


class Entrance:
    """Keeps the way back, and fills in the address that was typed before, on this page or another."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            return redirect(way_back.wanted(request) or settings.LOGIN_REDIRECT_URL)
        way_back.keep(request)
        return super().dispatch(request, *args, **kwargs)

    def _redirect_to_pending_stage(self, request, stage):
        # allauth leads to the code that is still waited for. But whoever comes back here may want to use another address, or
        # has opened the link of the mail that says that the first one is unknown.
        return None

    def get_initial(self):
        typed = way_back.address(self.request)
        return {"email": typed, "login": typed}

    def get_context_data(self, **kwargs):
        return super().get_context_data(way_back=way_back.wanted(self.request), **kwargs)


def log_unsent(error):
    # The error's own words may hold the address.
    logger.error("A mail with a code could not be sent: %s", type(error).__name__)


class Mailing:
    """Says so, rather than break, when the mail cannot be sent. Nothing is waited for then."""

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except OSError as error:
            log_unsent(error)
            form.add_error(None, NOT_SENT)
            return self.render_to_response(self.get_context_data(form=form), status=503)


class AsksForCode(Entrance, Mailing):
    page = None  # the URL name

    def form_valid(self, form):
        way_back.keep_address(self.request, form.cleaned_data["email"], self.page)
        return super().form_valid(form)


class SignUp(AsksForCode, allauth_views.SignupView):
    page = "account_signup"


class RequestCode(AsksForCode, allauth_views.RequestLoginCodeView):
    page = "account_request_login_code"

    def get_success_url(self):
        return reverse("account_confirm_login_code")


class LogIn(Entrance, allauth_views.LoginView):
    """Offers a code first, by a form that goes to the page above, and the password after it."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(code_form=forms.RequestCodeForm(initial=self.get_initial()), **kwargs)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request):
    """Show the sign-up form with what was typed in the gate's form, whose page, the same for everybody, has no token to send.

    Nothing is changed and nothing is kept: another site's form could have sent this.
    """
    if request.user.is_authenticated:
        return redirect(way_back.wanted(request) or settings.LOGIN_REDIRECT_URL)
    if request.method != "POST":
        return redirect("account_signup")
    context = get_entrance_context_data(request) | {"form": started_form(request), "way_back": way_back.wanted(request)}
    return render(request, "account/signup.html", context)


def started_form(request):
    typed = request.POST.get("email", "")
    try:
        forms.AddressField().clean(typed)
    except ValidationError:
        return forms.SignUpForm(request.POST)
    # Not bound: checking the whole form would count as a sign-up.
    return forms.SignUpForm(initial={"email": typed})


# --- Pages that ask for a code ----------------------------------------------------------------------------------------------


class CodePage:
    """Counts three tries, and says on the page where a new code can be had why the last one is over."""

    restart = None  # the URL name of that page

    def begin_again(self, level, why):
        messages.add_message(self.request, level, why)
        if self.request.user.is_anonymous:
            self.request.session.set_expiry(way_back.HOLD)
        return redirect(self.restart_url())

    def restart_url(self):
        return reverse(self.restart)

    def form_invalid(self, form):
        # An empty field is no try.
        if form.has_error("code", "required") or self._process.record_invalid_attempt():
            return self.render_to_response(self.get_context_data(form=form))
        return self.begin_again(messages.ERROR, SPENT)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tries_left=self.tries_left(), minutes=MINUTES, **kwargs)

    def tries_left(self):
        """Return how often the code may still be tried, or None as long as it was not."""
        failed = self._process.state["failed_attempts"] if self._process else 0
        return self._process.max_attempts - failed if failed else None


class AwaitedCodePage(CodePage):
    """A code page that exists only while a code is waited for."""

    session_key = None  # where allauth keeps what it waits for

    def dispatch(self, request, *args, **kwargs):
        awaited = request.method == "POST" or self.session_key in request.session
        self._process = None
        response = super().dispatch(request, *args, **kwargs)
        return self.begin_again(messages.INFO, EXPIRED) if awaited and not self._process else response


class ConfirmLoginCode(AwaitedCodePage, allauth_views.ConfirmLoginCodeView):
    """The one code page of sign-up and login, for known and unknown addresses."""

    session_key = LOGIN_SESSION_KEY
    restart = "account_request_login_code"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        if self._action == "resend":
            return self.resend()
        if not self._process.user:  # removed while the code was on its way
            self._process.abort()
            return self.begin_again(messages.INFO, EXPIRED)
        return self._process.finish(redirect_url=None)

    def resend(self):
        """Send a code that holds as long and may be tried as often as the first. An unknown address gets its mail again, too."""
        process = self._process
        if not ratelimit.consume(self.request, action="request_login_code", key=process.state["email"]):
            messages.error(self.request, get_adapter().error_messages["rate_limited"])
            return redirect("account_confirm_login_code")
        before = dict(process.state)
        process.state |= {"at": time.time(), "failed_attempts": 0}
        try:
            process.send()
        except OSError as error:
            log_unsent(error)
            process.state |= before  # the last code is still good
            messages.error(self.request, NOT_SENT)
        else:
            process.record_resend()
            messages.success(self.request, SENT_AGAIN)
        process.persist()
        return redirect("account_confirm_login_code")

    def get_context_data(self, **kwargs):
        return super().get_context_data(other_address=way_back.address_page(self.request), **kwargs)


class ChangeAddress(Mailing, allauth_views.EmailView):
    pass


class ConfirmAddressCode(AwaitedCodePage, allauth_views.ConfirmEmailVerificationCodeView):
    """The code page of a changed address, and of a password login whose address was never confirmed."""

    session_key = EMAIL_VERIFICATION_CODE_SESSION_KEY

    @property
    def restart(self):
        return "account_email" if self.request.user.is_authenticated else "account_request_login_code"


# --- Password ---------------------------------------------------------------------------------------------------------------


class RequestPasswordReset(Mailing, allauth_views.PasswordResetView):
    def get_initial(self):
        user = self.request.user
        return {"email": user.email if user.is_authenticated else way_back.address(self.request)}


class ConfirmPasswordResetCode(AwaitedCodePage, allauth_views.ConfirmPasswordResetCodeView):
    session_key = PASSWORD_RESET_VERIFICATION_SESSION_KEY
    restart = "account_reset_password"


# Whoever finds a member's screen open must not be able to give the account a password.
set_password = reauthentication_required(app="allauth.account")(allauth_views.password_set)


@method_decorator(login_required, name="dispatch")
class ReauthenticateByCode(CodePage, allauth_views.BaseReauthenticateView):
    """Asks a member whether it is still they; the page offers a code first, and then waits for it."""

    form_class = forms.ReauthenticationCodeForm
    template_name = "account/reauthenticate_by_code.html"

    def dispatch(self, request, *args, **kwargs):
        self._process = ReauthenticationProcess.resume(request)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if request.POST.get("action") == "send":
            return self.send()
        return super().post(request, *args, **kwargs) if self._process else self.begin_again(messages.INFO, EXPIRED)

    def send(self):
        if not ratelimit.consume(self.request, action="request_login_code", key=self.request.user.email):
            return self.begin_again(messages.ERROR, get_adapter().error_messages["rate_limited"])
        try:
            ReauthenticationProcess.initiate(self.request)
        except OSError as error:
            log_unsent(error)
            return self.begin_again(messages.ERROR, NOT_SENT)
        return redirect(self.restart_url())

    def restart_url(self):
        return self.passthrough_next_url(self.request.path)

    def get_context_data(self, **kwargs):
        return super().get_context_data(awaited=self._process is not None, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"code": self._process.code if self._process else ""}

    def form_valid(self, form):
        self._process.finish()
        return super().form_valid(form)


# --- The member -------------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def me(request):
    return render(request, "accounts/me.html")


class LogOut(allauth_views.LogoutView):
    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        # Without a cookie of any kind a visitor gets the copy that a shared cache holds.
        response.delete_cookie(settings.CSRF_COOKIE_NAME, samesite=settings.CSRF_COOKIE_SAMESITE)
        return response
