"""The forms of the account pages: allauth's, with our words and fields; and the admin's invitation."""

import re

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.core import context, ratelimit
from django import forms
from django.contrib.auth.models import Group
from django.shortcuts import redirect

from accounts.joining import account_of
from accounts.models import User


class AddressField(forms.EmailField):
    def __init__(self, **kwargs):
        invalid = "This address looks incomplete. It has the form name@example.org."
        kwargs = {
            "label": "E-mail address",
            "max_length": User._meta.get_field("email").max_length,
            "widget": forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
            "error_messages": {"required": "Type your e-mail address.", "invalid": invalid, "max_length": invalid},
        } | kwargs
        super().__init__(**kwargs)

    def to_python(self, value):
        return super().to_python(value).lower()


class Plain:
    """A form of allauth's in our words: `labels` by field name, and no placeholders, which vanish as soon as one types."""

    labels = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


# --- Sign up, log in --------------------------------------------------------------------------------------------------------


class SignUpForm(Plain, allauth_forms.SignupForm):
    """Asks for an address, known or not, and sends a code that opens its account."""

    email = AddressField()
    labels = {"email": "E-mail address"}

    def clean_email(self):
        address = self.cleaned_data["email"]
        # The limit is the one of the login, and counts with it: mail is mail to the one who gets it.
        if not ratelimit.consume(context.request, action="request_login_code", key=address):
            raise get_adapter().validation_error("too_many_login_attempts")
        return address

    def try_save(self, request):
        address = self.cleaned_data["email"]
        user = account_of(address)
        # A closed account gets a mail that says so, and a page that is no different.
        LoginCodeVerificationProcess.initiate(request=request, user=user if user.is_active else None, email=address)
        return user, redirect("account_confirm_login_code")


class RequestCodeForm(Plain, allauth_forms.RequestLoginCodeForm):
    email = AddressField()

    def clean_email(self):
        address = super().clean_email()
        if self._user:
            # An account made at the console has no row that its code could confirm.
            sync_user_email_address(self._user)
        return address


class PasswordLoginForm(Plain, allauth_forms.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField()
        self.fields["login"].widget.attrs["autocomplete"] = "username"  # what password managers keep a password with
        # allauth leaves it out where sign-up asks for none.
        self.fields["password"] = PasswordField(
            label="Password", autocomplete="current-password", error_messages={"required": "Type your password."}
        )
        del self.fields["password"].widget.attrs["placeholder"]


# --- Codes ------------------------------------------------------------------------------------------------------------------


class Code(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.help_text = "Eight letters. Capitals, spaces and hyphens make no difference."
        code.error_messages["required"] = "Type the code from the mail."
        code.widget.attrs |= {"class": "code-input", "inputmode": "text", "spellcheck": "false"}
        code.widget.attrs |= {"autocapitalize": "characters", "autocorrect": "off"}

    def clean_code(self):
        # A pasted code may bring dashes and spaces that only a typesetter knows.
        self.cleaned_data["code"] = re.sub(r"[\W_]", "", self.cleaned_data["code"])
        return super().clean_code()


class LoginCodeForm(Code, allauth_forms.ConfirmLoginCodeForm):
    pass


class AddressCodeForm(Code, allauth_forms.ConfirmEmailVerificationCodeForm):
    pass


class PasswordResetCodeForm(Code, allauth_forms.ConfirmPasswordResetCodeForm):
    pass


class ReauthenticationCodeForm(Code, allauth_forms.BaseConfirmCodeForm):
    pass


# --- Address and password ---------------------------------------------------------------------------------------------------


class ChangeAddressForm(Plain, allauth_forms.AddEmailForm):
    email = AddressField(label="New e-mail address")


class ResetPasswordForm(Plain, allauth_forms.ResetPasswordForm):
    email = AddressField()


class NewPasswordForm(Plain, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": "New password", "password2": "The same password again"}


class SetPasswordForm(Plain, allauth_forms.SetPasswordForm):
    labels = {"password1": "Password", "password2": "The same password again"}


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):
    labels = {"oldpassword": "Password now", "password1": "New password", "password2": "The same new password again"}


class ReauthenticateForm(Plain, allauth_forms.ReauthenticateForm):
    pass


# --- The desk ---------------------------------------------------------------------------------------------------------------


class InvitationForm(forms.Form):
    email = AddressField()
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what this person will do: one group or more."},
    )

    def clean_email(self):
        address = self.cleaned_data["email"]
        if User.objects.filter(email=address, is_active=False).exists():
            raise forms.ValidationError("The account of this address is closed. Make it active again under Users first.")
        return address

    def clean(self):
        groups = self.cleaned_data.get("groups")
        user = User.objects.filter(email=self.cleaned_data.get("email"), is_staff=True).exclude(last_login=None).first()
        if user and groups and not set(groups) - set(user.groups.all()):
            self.add_error("email", f"{user} is on the staff in {names(groups)} already.")
        return self.cleaned_data


def names(groups):
    return " and ".join(group.name for group in groups)
