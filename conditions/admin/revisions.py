"""Revisions at the desk: a draft is written, published, withdrawn; what was published is only read."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from conditions.models import Revision
from conditions.publishing import lock, publish, reasons_against_publishing, withdraw

from .parts import (
    OUTLINE,
    CareCardInline,
    PictureInline,
    ReferenceInline,
    RelatedArticleInline,
    SectionFormSet,
    SectionInline,
)
from .rich_text import with_nonce

TEMPLATES = "admin/conditions/revision"
TIMES = [("created_at", "created_by"), ("published_at", "published_by")]


class RevisionForm(forms.ModelForm):
    """A draft may lack what publishing asks for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in {"summary", "change_sentence"} & self.fields.keys():
            self.fields[name].required = False


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="One or two plain sentences: readers see them in the article's place.",
    )


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    form = RevisionForm
    inlines = [SectionInline, PictureInline, CareCardInline, ReferenceInline, RelatedArticleInline]
    list_display = ["title", "article", "number", "state", "change_kind", "created_by", "created_at", "published_at"]
    list_filter = ["state", "change_kind", "is_sample"]
    search_fields = ["title", "article__slug"]  # public words; gated text is not searched, whoever asks
    ordering = ["-created_at", "-pk"]
    actions = ["publish_selected"]
    fieldsets = [
        (None, {"fields": ["title", "summary", "is_sample"]}),
        ("What changed", {"fields": ["change_kind", "change_sentence"]}),
        ("About this revision", {"fields": [("article", "number"), ("state", "origin"), *TIMES], "classes": ["collapse"]}),
    ]

    # --- Who may do what ----------------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        return Revision.objects.visible_to(request.user).select_related("article", "created_by")

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

    def get_readonly_fields(self, request, obj=None):
        return ["article", "number", "state", "origin", *flatten(TIMES)]

    def history_view(self, request, object_id, extra_context=None):
        # It tells of the time when the revision was a draft.
        if not request.user.has_perm("conditions.view_draft"):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

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

    def save_model(self, request, obj, form, change):
        obj.origin = Revision.Origin.DESK  # loading its file anew may replace a file's draft, not an editor's work
        super().save_model(request, obj, form, change)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        is_editable = self.has_change_permission(request, obj)
        can_publish = obj.is_open and self.has_publish_permission(request)
        context |= {
            "media": with_nonce(request, context["media"]),
            "is_editable": is_editable,
            "can_save_and_publish": can_publish and is_editable,
            "can_publish": can_publish and not is_editable,
            "can_withdraw": obj.state == Revision.State.PUBLISHED and self.has_withdraw_permission(request),
            "can_see_history": request.user.has_perm("conditions.view_draft"),
            "public_url": obj.article.get_absolute_url() if obj.state == Revision.State.PUBLISHED else None,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_change(self, request, obj):
        if "_publish" in request.POST:
            return redirect("admin:conditions_revision_publish", obj.pk)
        return super().response_change(request, obj)

    # --- Publishing and withdrawing -----------------------------------------------------------------------------------------

    def get_urls(self):
        return [
            path("<int:pk>/publish/", self.admin_site.admin_view(self.publish_view), name="conditions_revision_publish"),
            path("<int:pk>/withdraw/", self.admin_site.admin_view(self.withdraw_view), name="conditions_revision_withdraw"),
            *super().get_urls(),
        ]

    def publish_view(self, request, pk):
        """Ask, then give the draft to readers; say why not where it is not fit for them."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method == "POST":
            try:
                self.publish(request, revision)
            except ValidationError as error:
                reasons = error.messages
            else:
                return redirect("admin:conditions_revision_change", pk)
        else:
            reasons = reasons_against_publishing(revision) if revision.is_open else ["Only a draft can be published."]
        return self.render_question(request, revision, "Publish", "publish_confirmation.html", {"reasons": reasons})

    @admin.action(description="Publish the selected drafts", permissions=["publish"])
    def publish_selected(self, request, queryset):
        for revision in queryset:
            try:
                self.publish(request, revision)
            except ValidationError as error:
                self.message_user(request, f"{revision}: {' '.join(error.messages)}", messages.ERROR)

    def publish(self, request, revision):
        with transaction.atomic():
            publish(revision, by=request.user)
            self.log_change(request, revision, "Published.")
        self.message_user(request, f"Readers have {revision} now.", messages.SUCCESS)

    def withdraw_view(self, request, pk):
        """Ask for the reason, then take the published revision from readers."""
        if not self.has_withdraw_permission(request):
            raise PermissionDenied
        revision = get_object_or_404(self.get_queryset(request), pk=pk)
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
        with transaction.atomic():
            withdraw(revision, reason, by=request.user)
            self.log_change(request, revision, "Withdrawn.")
        self.message_user(request, f"Readers no longer have {revision}; they see the reason in its place.", messages.SUCCESS)

    def page_after_withdrawing(self, request, revision):
        """Return where to go: a withdrawn revision is not there for those who do not see drafts."""
        if self.get_queryset(request).filter(pk=revision.pk).exists():
            return reverse("admin:conditions_revision_change", args=[revision.pk])
        return reverse("admin:index")

    def render_question(self, request, revision, title, template, context):
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(revision),
            "revision": revision,
            "opts": self.opts,
            "has_view_permission": self.has_view_permission(request, revision),
            **context,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"{TEMPLATES}/{template}", context)
