"""Articles at the desk: the address, the place in the classification, the names, and the way to the revisions."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conditions.addresses import save_at_its_address
from conditions.changes import ask_to_reindex
from conditions.models import Article, ArticleItem, Revision
from conditions.publishing import start_draft

from .formsets import ReplacingFormSet, standing
from .names import NameInline


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
        if sum(bool(form.cleaned_data.get("is_primary")) for form in standing(self)) != 1:
            raise ValidationError("Attach the article to at least one code, and tick exactly one as the primary one.")


class ArticleItemInline(admin.TabularInline):
    model = ArticleItem
    formset = ArticleItemFormSet
    fields = ["item", "is_primary"]
    autocomplete_fields = ["item"]
    extra = 1
    verbose_name = "code"
    verbose_name_plural = "place in the classification: the codes this article is about, and all below them"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "item":
            field.label = "Code"
            field.widget.can_change_related = False  # an item's fields are its release's
        return field


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    inlines = [ArticleItemInline, NameInline]
    list_display = ["slug", "newest_title", "newest_state", "language", "primary_code", "owner"]
    list_filter = ["language"]
    view_on_site = False  # a published article has its own link
    list_select_related = ["owner"]
    search_fields = ["slug", "newest_title", "names__text", "attachments__item__code"]
    fieldsets = [
        (
            None,
            {
                "fields": ["slug", "language", "owner", "deputy"],
                "description": "What stands on this page is live as soon as you save it: the address, the codes, the names. "
                "The text is not: it is written in a draft, and readers have it when the draft is published.",
            },
        ),
        (
            "Review by a clinician",
            {
                "fields": ["reviewed_on", "review_due_on"],
                "description": "Readers see both days. A review is a reading of the whole page; changing a word is none.",
            },
        ),
    ]

    # --- What is there to see -----------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        """The articles, each with title and state of its newest revision that this person may see, and with its primary code."""
        newest = Revision.objects.visible_to(request.user).filter(article=OuterRef("pk")).order_by("-number")
        primary = ArticleItem.objects.filter(article=OuterRef("pk"), is_primary=True)
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_title=Subquery(newest.values("title")[:1]),
                newest_state=Subquery(newest.values("state")[:1]),
                primary_code=Subquery(primary.values("item__code")[:1]),
            )
        )

    @admin.display(description="title", ordering="newest_title")
    def newest_title(self, article):
        return article.newest_title

    @admin.display(description="newest revision", ordering="newest_state")
    def newest_state(self, article):
        return Revision.State(article.newest_state).label if article.newest_state else None

    @admin.display(description="primary code", ordering="primary_code")
    def primary_code(self, article):
        return article.primary_code

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name in ("owner", "deputy"):
            field.queryset = field.queryset.filter(is_staff=True)
        return field

    # --- Who may do what ----------------------------------------------------------------------------------------------------

    def has_delete_permission(self, request, obj=None):
        """An article that has a revision stays: what readers were given is kept. There is no deleting from the list."""
        return obj is not None and not obj.revisions.exists() and super().has_delete_permission(request, obj)

    def may_start_draft(self, request, article):
        may_write = request.user.has_perms(["conditions.change_revision", "conditions.view_draft"])
        return may_write and not article.revisions.open().exists()

    def get_readonly_fields(self, request, obj=None):
        """The language is part of the address: it stays once readers had it. Reviews are recorded by those who may say so."""
        language = ["language"] if obj and obj.revisions.in_public_history().exists() else []
        review = [] if request.user.has_perm("conditions.record_review") else ["reviewed_on", "review_due_on"]
        return language + review

    # --- The form -----------------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        if change:
            save_at_its_address(obj)
        else:
            super().save_model(request, obj, form, change)

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
                "public_url": obj.get_absolute_url() if obj.revisions.published().exists() else None,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def revisions_of(self, article, user):
        """Return the revisions of `article` that `user` may see, newest first."""
        if not user.has_perm("conditions.view_revision"):
            return []
        return list(article.revisions.visible_to(user).select_related("article", "published_by").order_by("-number"))

    def response_add(self, request, obj, post_url_continue=None):
        if not self.may_start_draft(request, obj):
            return super().response_add(request, obj, post_url_continue)
        return self.begin(request, obj)

    # --- Starting a draft ---------------------------------------------------------------------------------------------------

    def get_urls(self):
        view = require_POST(self.admin_site.admin_view(self.start_draft_view))
        return [path("<int:pk>/start-draft/", view, name="conditions_article_start_draft"), *super().get_urls()]

    def start_draft_view(self, request, pk):
        if not request.user.has_perms(["conditions.change_revision", "conditions.view_draft"]):
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
