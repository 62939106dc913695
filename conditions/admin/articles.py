"""Articles at the desk: the address, the place in the classification, the names, and the way to the revisions."""

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conditions.addresses import save_at_its_address
from conditions.assigning import note_assigned, require_two_people
from conditions.changes import ask_to_reindex
from conditions.models import Article, ArticleItem, Contribution
from conditions.workflow import start_draft

from . import article_actions, audit, bulk, reviewing
from .article_list import ArticleList, named, sees_drafts, with_standing
from .desk import DeskAdmin
from .formsets import ReplacingFormSet, standing
from .freshness import FreshForm
from .names import NameInline

HOW_TO_RECORD = (
    "When a clinician has read the page, say so under “Record a review…”, above: the next day is then counted from that one."
)


class ArticleItemFormSet(ReplacingFormSet):
    def validate_unique(self):
        """Refuse an item that stands here twice or belongs to another article in this language, at its field."""
        seen = set()
        others = self.articles_elsewhere()
        for form in standing(self):
            item = form.instance.item_id
            form.instance.language = self.instance.language
            if item in seen:
                form.add_error("item", "This code stands here already.")
            elif item in others:
                said = f"The article “{others[item]}” is attached to this code; a code has one article in a language."
                form.add_error("item", said)
            if item:
                seen.add(item)

    def articles_elsewhere(self):
        """Return {item's pk: the other article that is attached to it in this language}."""
        items = [form.instance.item_id for form in standing(self) if form.instance.item_id]
        taken = ArticleItem.objects.filter(item__in=items, language=self.instance.language).exclude(article=self.instance.pk)
        return {other.item_id: other.article for other in taken.select_related("article")}

    def clean(self):
        super().clean()
        rows = standing(self)
        if len(rows) == 1 and not rows[0].cleaned_data.get("is_primary"):
            rows[0].cleaned_data["is_primary"] = rows[0].instance.is_primary = True
            rows[0].changed_data.append("is_primary")  # a row that was left alone would not be written
        if sum(bool(form.cleaned_data.get("is_primary")) for form in rows) != 1:
            raise ValidationError("Attach the article to at least one code, and tick exactly one as the primary one.")


class ArticleItemInline(admin.TabularInline):
    model = ArticleItem
    formset = ArticleItemFormSet
    fields = ["item", "is_primary"]
    autocomplete_fields = ["item"]
    extra = 1
    verbose_name = "code"
    verbose_name_plural = (
        "place in the classification: the codes this article is about, and all below them. "
        "To find one, type a code, words of its title, or a name from everyday speech"
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "item":
            field.label = "Code"
            field.widget.can_change_related = False  # an item's fields are its release's
        return field


class ArticleForm(FreshForm):
    class Meta:
        labels = {"slug": "Address"}
        help_texts = {"slug": "The end of the page's address: lower-case words joined by hyphens, such as type-2-diabetes."}
        error_messages = {
            "slug": {"invalid": "Write lower-case words joined by hyphens, such as type-2-diabetes."},
            NON_FIELD_ERRORS: {"unique_together": "Another article in this language has this address."},
        }

    def clean(self):
        data = super().clean()
        if {"owner", "deputy"} & set(self.changed_data):
            require_two_people(data.get("owner"), data.get("deputy"))
        return data


@admin.register(Article)
class ArticleAdmin(ArticleList, DeskAdmin):
    form = ArticleForm
    inlines = [ArticleItemInline, NameInline]
    actions = [
        *article_actions.ACTIONS,
        *bulk.ACTIONS,
    ]
    view_on_site = False  # a published article has its own link
    search_fields = ["slug", "newest_title", "names__text", "attachments__item__code"]
    search_help_text = "Words of the title, a name, a part of the address, or a code. The texts themselves are not searched."
    fieldsets = [
        (
            None,
            {
                "fields": ["slug", "language"],
                "description": "What stands on this page is live as soon as you save it: the address, the codes, the names. "
                "The text is not: it is written in a draft, and readers have it when the draft is published.",
            },
        ),
        (
            "Who keeps it",
            {
                "fields": ["owner", "deputy"],
                "description": "Two people at the desk who see to it that this article stays true. Both are told by e-mail when a "
                "review is due. Readers do not see who they are.",
            },
        ),
        (
            "Review by a clinician",
            {
                "fields": ["reviewed_on", "reviewed_by", "review_months", "review_due_on"],
                "description": "Readers see when the whole page was last reviewed, by whom, and when it is due again. A review is "
                "a reading of the whole page. Changing a word, or approving a draft, does not count as a review. Change the day "
                "here only to ask for a review sooner or later.",
            },
        ),
    ]

    # --- What is there to see -----------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        return with_standing(super().get_queryset(request), request.user)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name in ("owner", "deputy"):
            field.queryset = article_actions.staff()
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    # --- Who may do what ----------------------------------------------------------------------------------------------------

    def has_delete_permission(self, request, obj=None):
        """An article that has a revision stays: what readers were given is kept. There is no deleting from the list."""
        return obj is not None and not obj.revisions.exists() and super().has_delete_permission(request, obj)

    def has_write_permission(self, request):
        return request.user.has_perms(["conditions.change_revision", "conditions.view_draft"])

    def has_view_draft_permission(self, request):
        return sees_drafts(request)

    def has_record_review_permission(self, request):
        return request.user.has_perm("conditions.record_review")

    def may_start_draft(self, request, article):
        return self.has_write_permission(request) and not article.revisions.open().exists()

    def get_readonly_fields(self, request, obj=None):
        """The language is part of the address: it stays once readers had it. That a page was read is recorded on its own page."""
        language = ["language"] if obj and obj.revisions.in_public_history().exists() else []
        clock = [] if self.has_record_review_permission(request) else ["review_months", "review_due_on"]
        return [*language, "reviewed_on", "reviewed_by", *clock]

    def history_view(self, request, object_id, extra_context=None):
        return audit.history_view(self, request, object_id)

    # --- The form -----------------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request, obj=None):
        """Point to the button that stands above, on the pages where it does."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_record_review_permission(request):
            return fieldsets
        *others, (name, review) = fieldsets
        return [*others, (name, review | {"description": f"{review['description']} {HOW_TO_RECORD}"})]

    def save_model(self, request, obj, form, change):
        if change:
            save_at_its_address(obj)
        else:
            super().save_model(request, obj, form, change)
        note_assigned(obj, request.user, form.changed_data)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        form.instance.attachments.update(language=form.instance.language)
        ask_to_reindex(articles=[form.instance])

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        # Saving a new article leads to its first draft, whichever button was pressed.
        context |= {"show_save_and_add_another": False, "show_save_and_continue": change}
        if obj:
            revisions = self.revisions_of(obj, request.user)
            context |= {
                "revisions": revisions,
                "open_draft": next((revision for revision in revisions if revision.is_open), None),
                "can_start_draft": self.may_start_draft(request, obj),
                "can_record_review": self.has_record_review_permission(request),
                "sees_drafts": sees_drafts(request),
                "public_url": obj.get_absolute_url() if obj.revisions.published().exists() else None,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def revisions_of(self, article, user):
        """Return the revisions of `article` that `user` may see, newest first, each with the people behind it."""
        if not user.has_perm("conditions.view_revision"):
            return []
        revisions = article.revisions.visible_to(user).select_related("article", "published_by").order_by("-number")
        revisions = list(revisions.prefetch_related("contributions__user"))
        for revision in revisions:
            people = {role: [] for role in Contribution.Role}
            for contribution in revision.contributions.all():
                people[contribution.role].append(named(contribution.user) if contribution.user else "a deleted account")
            revision.authors, revision.approvers = people[Contribution.Role.AUTHOR], people[Contribution.Role.APPROVER]
            revision.publisher = revision.published_by and named(revision.published_by)
        return revisions

    def response_add(self, request, obj, post_url_continue=None):
        if not self.may_start_draft(request, obj):
            return super().response_add(request, obj, post_url_continue)
        return self.begin(request, obj)

    # --- Starting a draft ---------------------------------------------------------------------------------------------------

    def get_urls(self):
        view = require_POST(self.admin_site.admin_view(self.start_draft_view))
        return [
            path("<int:pk>/start-draft/", view, name="conditions_article_start_draft"),
            *bulk.urls(self),
            *reviewing.urls(self),
            *super().get_urls(),
        ]

    def start_draft_view(self, request, pk):
        if not self.has_write_permission(request):
            raise PermissionDenied
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            return self.begin(request, article)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect("admin:conditions_article_change", pk)

    def begin(self, request, article):
        """Start a draft of `article` and lead to it. Raises ValidationError where one is open already."""
        with transaction.atomic():
            draft = start_draft(article, by=request.user)
            self.log_addition(request, draft, "Started.")
        self.message_user(request, "This is a new draft: readers see nothing of it until it is published.", messages.SUCCESS)
        return redirect("admin:conditions_revision_change", draft.pk)
