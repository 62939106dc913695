"""The steps that somebody decides about a revision: approve it or ask for changes, publish or schedule it, withdraw, restore."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from conditions.audit import require
from conditions.models import Contribution, Revision
from conditions.publishing import publish, reasons_against_publishing, withdraw
from conditions.workflow import approve, missing_approval, request_changes, restore, schedule, unschedule

from .desk import desk_page
from .parts import as_prose, gated_bodies


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="One or two plain sentences: readers see them in the article's place.",
    )


class ScheduleForm(forms.Form):
    """When to publish. Times are in the site's zone."""

    publish_at = forms.DateTimeField(
        label="Publish at",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Choose a day and a time.", "invalid": "Give a day and a time, such as 2030-05-31 09:00."},
    )


class Deciding:
    """The steps' part of `RevisionAdmin`."""

    def asked(self, request, pk, permission):
        """Return the revision `pk` for a step that needs `permission`; 404 for what this person may not see.

        Whoever has not the right is refused; what was sent is a deed, and written down.
        """
        if not request.user.has_perm(permission):
            if request.method == "POST":
                require(request.user, permission, Revision.objects.filter(pk=pk).first())
            raise PermissionDenied
        if permission != "conditions.withdraw_revision" and not request.user.has_perm("conditions.view_draft"):
            raise Http404  # these steps show drafts, members' text, or what was said of them
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def step_urls(self):
        views = {
            "review": self.review_view,
            "publish": self.publish_view,
            "unschedule": require_POST(self.unschedule_view),
            "withdraw": self.withdraw_view,
            "restore": require_POST(self.restore_view),
        }
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"conditions_revision_{name}")
            for name, view in views.items()
        ]

    def review_view(self, request, pk):
        """Show the text with a place for a comment at each section; approve it, or send it back with what is asked for."""
        revision = self.asked(request, pk, "conditions.approve_revision")
        if request.method == "GET" and not revision.is_open:
            return redirect("admin:conditions_revision_change", pk)
        sections = list(revision.sections.all())
        comments = {"": request.POST.get("comment", "")}
        comments |= {section.kind: request.POST.get(f"comment-{section.kind}", "") for section in sections}
        faults = []
        if request.method == "POST":
            try:
                if "approve" in request.POST:
                    if any(text.strip() for text in comments.values()):
                        raise ValidationError("You wrote a comment: ask for changes, or clear it and approve the text as it is.")
                    approve(revision, request.user, version=whole_number(request.POST.get("version")))
                    self.message_user(request, f"Approved: {revision.article}, as it is now.", messages.SUCCESS)
                else:
                    request_changes(revision, comments, request.user)
                    self.message_user(request, "Sent back to its authors with your comments.", messages.SUCCESS)
            except ValidationError as error:
                faults = error.messages
            else:
                return redirect("admin:conditions_revision_change", pk)
        gated, pictures = gated_bodies(request.user, revision), list(revision.pictures.all())
        is_author = any(
            by.user_id == request.user.pk and by.role == Contribution.Role.AUTHOR for by in revision.contributions.all()
        )
        context = {
            "faults": faults,
            "to_mend": reasons_beside_approval(revision),
            "is_author": is_author,
            "in_review": revision.state == Revision.State.IN_REVIEW,
            "whole_comment": comments[""],
            "asked_before": revision.comments.select_related("by"),
            "parts": [
                {
                    "section": section,
                    "body": as_prose(section.body),
                    "gated": as_prose(gated[section.pk]) if section.pk in gated else "",
                    "comment": comments[section.kind],
                    "pictures": [picture for picture in pictures if picture.section == section.kind],
                }
                for section in sections
            ],
            "cards": [(card, as_prose(card.body)) for card in revision.care_cards.all()],
            "references": revision.references.all(),
            "related": revision.related.select_related("article"),
        }
        return self.render_question(request, revision, "Read and approve", "review.html", context)

    def publish_view(self, request, pk):
        """Ask, then give the draft to readers, now or at a time; say why not where it is not fit for them."""
        revision = self.asked(request, pk, "conditions.publish_revision")
        reasons, form = [], ScheduleForm(request.POST if "schedule" in request.POST else None)
        if request.method == "POST" and (not form.is_bound or form.is_valid()):
            try:
                version = whole_number(request.POST.get("version"))
                if form.is_bound:
                    schedule(revision, form.cleaned_data["publish_at"], by=request.user, version=version)
                    at = date_format(timezone.localtime(revision.publish_at), "j F Y, H:i (T)")
                    self.message_user(request, f"Scheduled: it will be published on {at}.", messages.SUCCESS)
                else:
                    self.publish(request, revision, version)
            except ValidationError as error:
                reasons = error.messages
                if form.is_bound:
                    form.add_error(None, error)
                    reasons = []
            else:
                return redirect("admin:conditions_revision_change", pk)
        if not reasons and not revision.is_open:
            reasons = ["Only a draft can be published."]
        context = {
            "reasons": reasons or reasons_against_publishing(revision),
            "form": form,
            "zone": timezone.get_current_timezone_name(),
        }
        return self.render_question(request, revision, "Publish", "publish_confirmation.html", context)

    @admin.action(description="Publish the selected drafts", permissions=["publish"])
    def publish_selected(self, request, queryset):
        for revision in queryset:
            try:
                self.publish(request, revision)
            except ValidationError as error:
                self.message_user(request, f"{revision}: {' '.join(error.messages)}", messages.ERROR)

    def publish(self, request, revision, version=None):
        publish(revision, by=request.user, version=version)
        self.log_change(request, revision, "Published.")
        self.message_user(request, f"Published: {named_briefly(revision)}. Readers see it now.", messages.SUCCESS)

    def unschedule_view(self, request, pk):
        revision = self.asked(request, pk, "conditions.publish_revision")
        try:
            unschedule(revision, by=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.message_user(request, "It is off the schedule.", messages.SUCCESS)
        return redirect("admin:conditions_revision_change", pk)

    def restore_view(self, request, pk):
        """Start a new draft that says what this revision said, and lead to it."""
        revision = self.asked(request, pk, "conditions.change_revision")
        try:
            draft = restore(revision, by=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect("admin:conditions_revision_change", pk)
        said = f"This new draft says what revision {revision.number} said. Nothing changes for readers until it is published."
        self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:conditions_revision_change", draft.pk)

    def withdraw_view(self, request, pk):
        """Ask for the reason, then take the published revision from readers."""
        revision = self.asked(request, pk, "conditions.withdraw_revision")
        form = WithdrawalForm(request.POST or None)
        if form.is_valid():
            try:
                self.withdraw(request, revision, form.cleaned_data["reason"])
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect(self.page_after_withdrawing(request, revision))
        return self.render_question(request, revision, "Withdraw", "withdraw_confirmation.html", {"form": form})

    def withdraw(self, request, revision, reason):
        withdraw(revision, reason, by=request.user)
        self.log_change(request, revision, "Withdrawn.")
        self.message_user(request, f"Withdrawn: {named_briefly(revision)}. Readers see the reason in its place.", messages.SUCCESS)

    def page_after_withdrawing(self, request, revision):
        """Return where to go: a withdrawn revision is not there for those who do not see drafts."""
        if self.get_queryset(request).filter(pk=revision.pk).exists():
            return reverse("admin:conditions_revision_change", args=[revision.pk])
        return reverse("admin:index")

    def render_question(self, request, revision, title, template, context):
        context = {
            "title": title,
            "subtitle": str(revision),
            "revision": revision,
            "has_view_permission": self.has_view_permission(request, revision),
            **context,
        }
        return desk_page(self, request, f"revision/{template}", context)


def named_briefly(revision):
    return f"{revision.article}, revision {revision.number}"


def reasons_beside_approval(revision):
    """Return what will keep `revision` from readers even when it is approved."""
    missing = missing_approval(revision)
    return [reason for reason in reasons_against_publishing(revision) if reason != missing]


def whole_number(text):
    """Return `text` as a number, or None where it is none."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
