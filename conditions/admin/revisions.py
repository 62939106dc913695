"""Revisions at the desk: a draft is written, by one or by several; what readers were given is only read."""

import json

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminErrorList
from django.contrib.admin.utils import flatten, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST
from js_asset import Script

from conditions import unsaved
from conditions.checking import check, grade
from conditions.contents import prose
from conditions.models import Comment, Contribution, Revision
from conditions.workflow import (
    discard,
    lock,
    missing_approval,
    needs_approval,
    saved,
    submit,
)

from . import comparing, disagreeing, previewing
from .audit import history_view
from .deciding import Deciding, reasons_beside_approval, whole_number
from .desk import DeskAdmin
from .freshness import Carried
from .merging import prose_sent, text_of
from .parts import (
    OUTLINE,
    CareCardInline,
    PictureInline,
    ReferenceInline,
    RelatedArticleInline,
    SectionFormSet,
    SectionInline,
)
from .plain_language import panels
from .revision_list import RevisionList
from .rich_text import with_nonce

TIMES = [("created_at", "created_by"), ("published_at", "published_by")]


class RevisionForm(forms.ModelForm):
    """A draft may lack what publishing asks for. `version` and `base` say from what text its writer set out."""

    reader = None  # who fills in the form
    version = Carried()
    base = Carried()
    writer = Carried()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"summary", "change_sentence"} & self.fields.keys():
            self.fields[name].required = False
        if self.reader:
            self.initial["version"] = str(self.instance.version)
            self.initial["base"] = json.dumps(text_of(self.instance, self.reader))
            self.initial["writer"] = unsaved.sign(self.reader)

    def clean(self):
        """Refuse a form that was put together here (kept text, two people's text): its writer looks at it, and saves it then."""
        if disagreeing.LOOK in self.data:
            raise ValidationError("Look through the text, and save it.", code=disagreeing.LOOK)
        return super().clean()


@admin.register(Revision)
class RevisionAdmin(RevisionList, Deciding, DeskAdmin):
    form = RevisionForm
    inlines = [SectionInline, PictureInline, CareCardInline, ReferenceInline, RelatedArticleInline]
    fieldsets = [
        (None, {"fields": ["title", "summary", "is_sample"]}),
        (
            "What changed",
            {
                "fields": ["change_kind", "change_sentence"],
                "description": "A clinical or safety change goes out when a second person has approved it. An editorial one "
                "changes nothing that the article says, and an editor may publish it alone.",
            },
        ),
        ("Where it reads above grade 8", {"fields": ["hard_because"], "classes": ["collapse"]}),
        ("About this revision", {"fields": [("article", "number"), ("state", "origin"), *TIMES], "classes": ["collapse"]}),
    ]

    # --- Who may do what ----------------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        revisions = Revision.objects.visible_to(request.user).select_related("article", "created_by")
        return revisions.prefetch_related("contributions__user")

    def has_add_permission(self, request):
        return False  # a revision begins as a draft of its article, on the article's page

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def has_delete_permission(self, request, obj=None):
        """One draft at a time may be discarded; there is no deleting from the list."""
        return obj is not None and obj.is_open and super().has_delete_permission(request, obj)

    def has_publish_permission(self, request):
        return request.user.has_perm("conditions.publish_revision")

    def has_withdraw_permission(self, request):
        return request.user.has_perm("conditions.withdraw_revision")

    def has_approve_permission(self, request):
        return request.user.has_perm("conditions.approve_revision")

    def get_readonly_fields(self, request, obj=None):
        return ["article", "number", "state", "origin", *flatten(TIMES)]

    def get_fieldsets(self, request, obj=None):
        """Leave out why it is hard to read, which may quote members' text, for those who see no drafts."""
        may_see = request.user.has_perm("conditions.view_draft")
        return [fieldset for fieldset in self.fieldsets if may_see or "hard_because" not in fieldset[1]["fields"]]

    def history_view(self, request, object_id, extra_context=None):
        return history_view(self, request, object_id)

    def delete_model(self, request, obj):
        discard(obj, by=request.user)

    # --- The form of a draft ------------------------------------------------------------------------------------------------

    def get_object(self, request, object_id, from_field=None):
        """Return the revision. While its form is saved the article is locked, so that nobody publishes what is half saved."""
        revision = super().get_object(request, object_id, from_field)
        if revision and request.method == "POST" and connection.in_atomic_block:
            lock(revision.article)
            revision = super().get_object(request, object_id, from_field)  # as it is now, if it is still there
        return revision

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, SectionInline) and inline.get_extra(request, obj):
            kwargs["initial"] = OUTLINE
        return kwargs

    def _create_formsets(self, request, obj, change):
        """Introduce the formsets to that of the sections, which holds the gated text against every public one."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        for formset in formsets:
            if isinstance(formset, SectionFormSet):
                formset.beside = [other for other in formsets if other is not formset]
        return formsets, inlines

    def _changeform_view(self, request, object_id, form_url, extra_context):
        """Before Django reads the form: bring it in step with what others saved, and bring back what was not saved."""
        revision = self.get_object(request, unquote(object_id)) if object_id else None
        if request.method == "POST" and "_saveasnew" not in request.POST:
            if not self.may_save(request, revision):
                return disagreeing.closed(self, request, revision)
            is_writer = revision is not None and self.has_change_permission(request, revision)  # others are refused by Django
            if is_writer and (answer := disagreeing.bring_in_step(self, request, revision)):
                return answer
            if is_writer and (seat := unsaved.waiting(revision, request.user, request.POST)):
                request.unsaved_at = seat.form_at
        elif request.method == "GET" and revision and self.may_have_left_text(request, revision):
            unsaved.take_from_session(request, revision)
            if seat := unsaved.kept(revision, request.user):
                return disagreeing.left_over(self, request, revision, seat)
        elif request.method == "GET" and revision and self.has_change_permission(request, revision):
            unsaved.take_from_session(request, revision)
            seat = unsaved.sit_down(revision, request.user)
            if seat.form and "unsaved" in request.GET:
                disagreeing.show_again(request, unsaved.as_sent(seat.form))
            elif seat.form:
                request.unsaved_at = seat.form_at
        answer = super()._changeform_view(request, object_id, form_url, extra_context)
        came_back = request.method == "POST" and revision and answer.status_code == 200 and disagreeing.LOOK not in request.POST
        if came_back and not hasattr(request, "unsaved_at"):
            unsaved.keep(revision, request.user, request.POST)  # it came back with errors: nothing of it is saved yet
        return answer

    def may_have_left_text(self, request, revision):
        """Say whether this person may have text of their own in the form of the revision, which takes none any more."""
        may_write = super().has_change_permission(request, None) and request.user.has_perm("conditions.view_draft")
        return may_write and not revision.is_open

    def unkept(self, request, reason):
        """Answer the form of a draft that reached nobody: its writer has not logged in, and it is kept nowhere."""
        return disagreeing.unkept(self, request, reason)

    def may_save(self, request, revision):
        """Say whether the revision takes a form from this person. Where it was closed or discarded meanwhile the text is shown.

        Whoever may change no draft at all is refused by Django.
        """
        is_there = revision is not None and revision.is_open
        return is_there or "version" not in request.POST or not super().has_change_permission(request, None)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if obj and self.has_change_permission(request, obj):
            form.reader = request.user
        return form

    def save_related(self, request, form, formsets, change):
        """Save the parts, and note once that the text is another one: what was approved before is not any more."""
        super().save_related(request, form, formsets, change)
        self.mark_comments_done(request, form.instance)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            # Loading its file anew may replace a file's draft, not an editor's work.
            Revision.objects.filter(pk=form.instance.pk).update(origin=Revision.Origin.DESK)
            revision = Revision.objects.get(pk=form.instance.pk)
            found = grade(check(prose(revision), revision.article.language))
            request.voided = saved(revision, request.user, grade=found, merged=hasattr(request, "merged"))
        if not hasattr(request, "unsaved_at"):  # else it is about older text, which its writer has not decided about
            unsaved.forget(form.instance, request.user)

    def mark_comments_done(self, request, revision):
        done = [pk for pk in map(whole_number, request.POST.getlist("comment_done")) if pk is not None]
        Comment.objects.filter(revision=revision, pk__in=done, done_at=None).update(done_at=timezone.now())

    @property
    def media(self):
        return super().media + forms.Media(js=[Script("js/desk.js", type="module")])

    def get_urls(self):
        autosave = self.admin_site.admin_view(require_POST(self.autosave_view))
        return [
            path("<int:pk>/autosave/", autosave, name="conditions_revision_autosave"),
            *self.step_urls(),
            *comparing.urls(self),
            *previewing.urls(self),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        is_editable = self.has_change_permission(request, obj)
        if looked_at := getattr(request, "looking", ""):
            drop_error(context, disagreeing.LOOK)  # what made it come back is no fault of its writer
        context |= {
            "media": with_nonce(request, context["media"]),
            "is_editable": is_editable,
            "looking": looked_at,
            "came_back": looked_at or context["errors"],  # what stands in the form is not what the page's other parts tell of
            "unsaved_at": getattr(request, "unsaved_at", None),
            "others": unsaved.others(obj, request.user) if is_editable else [],
            "comments": list(obj.comments.filter(done_at=None).select_related("by")) if obj.is_open else [],
            "can_see_history": request.user.has_perm("conditions.view_draft"),
            "public_url": obj.article.get_absolute_url() if obj.state == Revision.State.PUBLISHED else None,
            **self.steps(request, obj, is_editable),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def steps(self, request, revision, is_editable):
        """Return which steps this person may take with the revision now, and what its next one waits for."""
        state, can_publish = revision.state, revision.is_open and self.has_publish_permission(request)
        return {
            "can_save_and_submit": is_editable and state == Revision.State.DRAFT,
            "can_save_and_publish": can_publish and is_editable and state == Revision.State.DRAFT and not needs_approval(revision),
            "can_publish": can_publish,
            "can_review": revision.is_open and self.has_approve_permission(request),
            "can_restore": not revision.is_open and self.may_restore(request, revision),
            "can_withdraw": state == Revision.State.PUBLISHED and self.has_withdraw_permission(request),
            "approval_missing": missing_approval(revision) if state == Revision.State.APPROVED else "",
            "approver": next((by.user for by in revision.contributions.all() if by.role == Contribution.Role.APPROVER), None),
        }

    def may_restore(self, request, revision):
        may_write = request.user.has_perms(["conditions.change_revision", "conditions.view_draft"])
        return may_write and not revision.article.revisions.open().exists()

    def response_change(self, request, obj):
        """Lead on to the step that was asked for, and say what saving has ended."""
        if voided := getattr(request, "voided", ""):
            also = " and off the schedule" if voided == "scheduled" else ""
            said = (
                f"The text was {voided}, and you have changed it: it is a draft again{also}. Submit it once more when it is ready."
            )
            self.message_user(request, said, messages.WARNING)
        if "_publish" in request.POST:
            return redirect("admin:conditions_revision_publish", obj.pk)
        if "_submit" in request.POST:
            try:
                submit(Revision.objects.get(pk=obj.pk), by=request.user)
            except ValidationError as error:
                self.message_user(request, f"Saved, but not submitted. {' '.join(error.messages)}", messages.WARNING)
            else:
                said = "Saved, and submitted for review. Whoever may approve it finds it on the first page of the desk."
                self.message_user(request, said, messages.SUCCESS)
                for reason in reasons_beside_approval(obj):
                    self.message_user(request, f"Before it can be published: {reason}", messages.WARNING)
            return redirect("admin:conditions_revision_change", obj.pk)
        return super().response_change(request, obj)

    def autosave_view(self, request, pk):
        """Keep the form as it is typed, and say who else is at the draft. Nothing of it is the draft's text until it is saved."""
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if not super().has_change_permission(request, revision):
            raise PermissionDenied
        if "forget" in request.POST:
            unsaved.forget(revision, request.user)
            return redirect("admin:conditions_revision_change", pk)
        is_form = "version" in request.POST
        user = request.user
        with transaction.atomic():
            lock(revision.article)  # nobody saves between the question whether this is saved, and the keeping
            revision = get_object_or_404(self.get_queryset(request), pk=pk)
            if not revision.is_open:
                return JsonResponse({"closed": revision.get_state_display().lower()}, status=409)
            if is_form and disagreeing.says_more(request.POST, revision, user):
                seat = unsaved.keep(revision, user, request.POST)
            elif is_form:  # there is nothing in it that is not saved
                unsaved.forget(revision, user)
                seat = unsaved.sit_down(revision, user)
            else:
                seat = unsaved.sit_down(revision, user)
        seen = request.POST.get("seen") or request.POST.get("version") or str(revision.version)
        return JsonResponse(
            {
                "panels": panels(prose_sent(request.POST), revision.article) if is_form else {},
                "kept_at": f"{timezone.localtime(seat.form_at):%H:%M:%S}" if seat.form_at else "",
                "others": unsaved.others(revision, request.user),
                "is_newer": seen != str(revision.version),
            }
        )


def drop_error(context, code):
    """Take the form's own error of the kind `code` out of the page."""
    form = context["adminform"].form
    left = [error for error in form.non_field_errors().as_data() if error.code != code]
    form.errors.pop("__all__", None)
    for error in left:
        form.add_error(None, error)
    formsets = [inline.formset for inline in context["inline_admin_formsets"]]
    context["errors"] = AdminErrorList(form, formsets)
