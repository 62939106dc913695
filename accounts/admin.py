"""The desk's people: superusers see them and invite them; everybody logs in by the site's own login."""

import allauth.account.admin  # noqa: F401  it registers EmailAddress, which is taken off below
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts import way_back
from accounts.forms import InvitationForm, names
from accounts.joining import join_staff
from accounts.models import User

# Shown with their users. Changed by hand they would be confirmed by nobody.
admin.site.unregister(EmailAddress)


def log_in(request, extra_context=None):
    """Send everybody to the site's login, with its codes and limits. The admin's own form, which has none, is never shown."""
    if admin.site.has_permission(request):
        return redirect(way_back.wanted(request) or "admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied  # a member; asking to log in again would go round in a circle
    return redirect_to_login(way_back.wanted(request) or reverse("admin:index"))


admin.site.login = log_in


class AddressInline(admin.TabularInline):
    model = EmailAddress
    verbose_name_plural = "addresses"
    fields = readonly_fields = ("email", "verified", "primary")
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return is_superuser(request)


def is_superuser(request):
    return request.user.is_active and request.user.is_superuser


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email",)
    ordering = ("email",)
    # No password: nobody sets one for another person. No new address either, since nobody would have confirmed it.
    fields = ("email", "is_active", "is_staff", "is_superuser", "groups", "last_login", "date_joined")
    readonly_fields = ("email", "last_login", "date_joined")
    filter_horizontal = ("groups",)
    inlines = [AddressInline]
    change_list_template = "accounts/user_change_list.html"

    def has_module_permission(self, request):
        return is_superuser(request)

    def has_view_permission(self, request, obj=None):
        return is_superuser(request)

    def has_change_permission(self, request, obj=None):
        return is_superuser(request)

    def has_delete_permission(self, request, obj=None):
        return is_superuser(request)

    def has_add_permission(self, request):
        return False  # people are invited

    def get_urls(self):
        return [
            path("invite/", self.admin_site.admin_view(self.invite), name="accounts_user_invite"),
            *super().get_urls(),
        ]

    def invite(self, request):
        """Make somebody one of the staff, in the chosen groups, and mail them where to log in."""
        if not is_superuser(request):
            raise PermissionDenied
        form = InvitationForm(request.POST or None)
        if form.is_valid():
            user = join_staff(form.cleaned_data["email"], form.cleaned_data["groups"])
            self.log_change(request, user, f"Invited as {names(form.cleaned_data['groups'])}.")
            send_invitation(request, user)
            return redirect("admin:accounts_user_changelist")
        context = self.admin_site.each_context(request) | {"form": form, "opts": self.opts, "title": "Invite to the staff"}
        return render(request, "accounts/invite.html", context)


def send_invitation(request, user):
    login = f"{reverse('account_login')}?next={reverse('admin:index')}"
    context = {"login_url": request.build_absolute_uri(login), "groups": user.groups.order_by("name")}
    try:
        get_adapter().send_mail("accounts/email/invitation", user.email, context)
    except OSError:
        # The account is there; only its owner does not know yet.
        said = f"The mail to {user} could not be sent. All else is done: tell them to log in at {context['login_url']}."
        messages.error(request, said)
    else:
        messages.success(request, f"An invitation is on its way to {user}.")
