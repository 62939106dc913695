"""A revision as readers would see it, and the links by which somebody without an account reads it."""

import re
from functools import partial

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from conditions.audit import require
from conditions.models import GatedText, PreviewLink, Revision
from conditions.pages.article import with_parts
from conditions.pages.preview import preview
from conditions.sharing import MOST_DAYS, USUAL_DAYS, end, path_of, share

VISITOR, MEMBER = "visitor", "member"
WIDTHS = ("phone", "desktop")  # in pixels: css/admin.css
LINK_ON_THE_PAGE = re.compile(r'<a(?=[^>]* href="#)')


def urls(model_admin):
    """Return the patterns that stand before those of `model_admin`."""
    to_staff = model_admin.admin_site.admin_view
    # Decorators outside of `admin_view`, whose own update of the policy would take the place of one inside it. A replaced directive
    # is kept apart from an updated one.
    page = csp_replace({"frame-src": [SELF]})(to_staff(partial(preview_view, model_admin)))
    # What stands in the frame is a readers' page, under the readers' policy: without what the admin adds.
    framed = csp_update({})(csp_replace({"frame-ancestors": [SELF]})(to_staff(partial(framed_view, model_admin))))
    links = to_staff(partial(links_view, model_admin))
    return [
        path("<int:pk>/preview/", require_safe(page), name="conditions_revision_preview"),
        path("<int:pk>/preview/page/", require_safe(xframe_options_sameorigin(framed)), name="conditions_revision_preview_page"),
        path("<int:pk>/links/", require_http_methods(["GET", "HEAD", "POST"])(links), name="conditions_revision_links"),
    ]


# --- The preview ------------------------------------------------------------------------------------------------------------


def preview_view(model_admin, request, pk):
    """Show the page of a revision in a frame, with a choice of who sees it and on what."""
    revision = visible_revision(model_admin, request, pk)
    width = request.GET.get("width")
    context = {
        "seen_as": MEMBER if shows_members_text(request) else VISITOR,
        "may_see_members_text": request.user.has_perm("conditions.view_draft"),
        "width": width if width in WIDTHS else "phone",
        "may_see_links": request.user.has_perms(["conditions.view_draft", "conditions.view_previewlink"]),
    }
    return model_admin.render_question(request, revision, "Preview", "preview.html", context)


def framed_view(model_admin, request, pk):
    """Show the page itself. Its links open in the window around the frame, those to a place on the page excepted."""
    revision = visible_revision(model_admin, request, pk)
    if shows_members_text(request):
        reader, readable, seen_as = get_user_model()(), GatedText.objects.readable_by(request.user), MEMBER
    else:
        reader, readable, seen_as = AnonymousUser(), GatedText.objects.readable_by(AnonymousUser()), VISITOR
    page = preview(revision, reader, readable, seen_as == MEMBER, seen_as=seen_as, is_framed=True)
    return HttpResponse(LINK_ON_THE_PAGE.sub('<a target="_self"', page))


def visible_revision(model_admin, request, pk):
    """Return the revision, one of `with_parts`; 403 for those who view no revisions, 404 for a draft they may not see."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    return get_object_or_404(with_parts(Revision.objects.visible_to(request.user)), pk=pk)


def shows_members_text(request):
    """Say whether the page is shown as to a member: only to those who see drafts, as everywhere in the admin."""
    return request.GET.get("as") == MEMBER and request.user.has_perm("conditions.view_draft")


# --- Links for outside reviewers --------------------------------------------------------------------------------------------


class LinkForm(forms.ModelForm):
    days = forms.IntegerField(
        label="Days until it ends",
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        help_text=f"From 1 to {MOST_DAYS}. You can end it sooner, on this page.",
    )

    class Meta:
        model = PreviewLink
        fields = ["for_whom", "days", "shows_members_text"]
        help_texts = {
            "for_whom": "A name or an e-mail address, so that you know later whose link this is. Only people at the desk see it.",
            "shows_members_text": "Tick this where the person is to read what members read. Without it the page shows the teasers.",
        }


def links_view(model_admin, request, pk):
    """Show the links to a revision, make one, or end one."""
    revision = get_object_or_404(model_admin.get_queryset(request), pk=pk)
    ask_for_rights(request, revision)
    if "end" in request.POST:
        return end_link(model_admin, request, revision)
    form = LinkForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        share(revision, said["for_whom"], said["days"], said["shows_members_text"], by=request.user)
        told = "The link is made. Copy its address from the list below, and send it to the person it is for."
        model_admin.message_user(request, told, messages.SUCCESS)
        return redirect("admin:conditions_revision_links", pk)
    context = {
        "form": form,
        "links": links_of(revision),
        "may_share": request.user.has_perm("conditions.add_previewlink"),
        "may_end": request.user.has_perm("conditions.change_previewlink"),
    }
    return model_admin.render_question(request, revision, "Links for outside reviewers", "preview_links.html", context)


def ask_for_rights(request, revision):
    """Refuse those who may not see the links to `revision`: each opens it. To try to change something is written down too."""
    needed = ["conditions.view_revision", "conditions.view_draft", "conditions.view_previewlink"]
    if request.method == "POST":
        for permission in [*needed, "conditions.change_previewlink" if "end" in request.POST else "conditions.add_previewlink"]:
            require(request.user, permission, revision)
    elif not request.user.has_perms(needed):
        raise PermissionDenied


def end_link(model_admin, request, revision):
    link = next((link for link in revision.preview_links.all() if str(link.pk) == request.POST["end"]), None)
    if link is None:
        raise Http404
    end(link, by=request.user)
    model_admin.message_user(request, "The link has ended: anyone who opens it is told so.", messages.SUCCESS)
    return redirect("admin:conditions_revision_links", revision.pk)


def links_of(revision):
    """Return the links to `revision`, newest first, as {link, address}; one that has ended has no address any more."""
    links = revision.preview_links.select_related("created_by")
    still_open = set(links.open().values_list("pk", flat=True))
    return [{"link": link, "address": settings.SITE_URL + path_of(link) if link.pk in still_open else ""} for link in links]
