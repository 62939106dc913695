"""The list of articles at the desk: what a row says, and what the list can be narrowed to."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from conditions.models import Article, ArticleItem, Item, Revision
from conditions.models.articles import SOON
from conditions.models.classification import PATH_STEP, branch
from conditions.plain_language import HARDEST

State = Revision.State


def with_standing(articles, user):
    """Return `articles`, each with where it stands as far as `user` may see it, all of it in the one query.

    Of the newest revision: newest_title. Of what readers have: published_at, withdrawn_at, grade. Of the open draft: draft_state,
    publish_at, held_because, all None for who sees no drafts. Of its place: primary_code.
    """
    visible = Revision.objects.visible_to(user).filter(article=OuterRef("pk"))
    newest, published, draft = visible.order_by("-number"), visible.published(), visible.open()
    # That a page is withdrawn, and since when, everybody reads in its place.
    withdrawn = Revision.objects.filter(article=OuterRef("pk"), state=State.WITHDRAWN).order_by("-withdrawn_at")
    primary = ArticleItem.objects.filter(article=OuterRef("pk"), is_primary=True)
    return articles.annotate(
        newest_title=Subquery(newest.values("title")[:1]),
        published_at=Subquery(published.values("published_at")[:1]),
        withdrawn_at=Subquery(withdrawn.values("withdrawn_at")[:1]),
        grade=Subquery(published.values("grade")[:1]),
        draft_state=Subquery(draft.values("state")[:1]),
        publish_at=Subquery(draft.values("publish_at")[:1]),
        held_because=Subquery(draft.values("held_because")[:1]),
        primary_code=Subquery(primary.values("item__code")[:1]),
    )


# --- What the list can be narrowed to ---------------------------------------------------------------------------------------


class LiveFilter(admin.SimpleListFilter):
    title = "what readers have"
    parameter_name = "live"

    def lookups(self, request, model_admin):
        return [("published", "Published"), ("withdrawn", "Withdrawn"), ("never", "Not published yet")]

    def queryset(self, request, queryset):
        narrowed = {
            "published": Q(published_at__isnull=False),
            "withdrawn": Q(published_at=None, withdrawn_at__isnull=False),
            "never": Q(published_at=None, withdrawn_at=None),
        }
        return queryset.filter(narrowed.get(self.value(), Q()))


class DraftFilter(admin.SimpleListFilter):
    """For those who see drafts. To all others every article would seem to have none."""

    title = "draft"
    parameter_name = "draft"

    def lookups(self, request, model_admin):
        return [
            ("none", "No draft"),
            (State.DRAFT, "Draft"),
            (State.IN_REVIEW, "In review"),
            (State.APPROVED, "Approved"),
            ("scheduled", "Scheduled"),
        ]

    def queryset(self, request, queryset):
        narrowed = {
            "none": Q(draft_state=None),
            State.DRAFT: Q(draft_state=State.DRAFT),
            State.IN_REVIEW: Q(draft_state=State.IN_REVIEW),
            State.APPROVED: Q(draft_state=State.APPROVED, publish_at=None),
            "scheduled": Q(draft_state=State.APPROVED, publish_at__isnull=False),
        }
        return queryset.filter(narrowed.get(self.value(), Q()))


class OwnerFilter(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "keeper"  # "owner" would be the field's own lookup

    def lookups(self, request, model_admin):
        owners = get_user_model().objects.filter(pk__in=Article.objects.exclude(owner=None).values("owner"))
        others = owners.exclude(pk=request.user.pk).order_by("email")
        return [
            ("me", "Me"),
            ("deputy", "Me, as the deputy"),
            ("nobody", "Nobody"),
            *((str(owner.pk), str(owner)) for owner in others),
        ]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        named = {"me": Q(owner=request.user), "deputy": Q(deputy=request.user), "nobody": Q(owner=None)}
        return queryset.filter(named[self.value()] if self.value() in named else Q(owner=self.value()))


class ReviewFilter(admin.SimpleListFilter):
    title = "next review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("overdue", "Overdue"), ("soon", f"Due within {SOON.days} days"), ("none", "No date")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "overdue":
            return queryset.overdue(today)
        if self.value() == "soon":
            return queryset.due_soon(today)
        return queryset.filter(review_due_on=None) if self.value() == "none" else queryset


class ChapterFilter(admin.SimpleListFilter):
    """The chapters that hold the primary code of an article."""

    title = "chapter of the primary code"
    parameter_name = "chapter"

    def lookups(self, request, model_admin):
        taken = ArticleItem.objects.filter(is_primary=True).values_list(Left("item__path", PATH_STEP))
        self.paths = {chapter.code: chapter for chapter in Item.objects.chapters().filter(path__in=taken)}
        return [(code, f"{code}: {chapter.lay_title}") for code, chapter in self.paths.items()]

    def queryset(self, request, queryset):
        if self.value() not in self.paths:
            return queryset
        below = branch(self.paths[self.value()].path, "attachments__item__")
        return queryset.filter(below, attachments__is_primary=True)  # one row each: an article has one primary code


class GradeFilter(admin.SimpleListFilter):
    title = "reading grade"
    parameter_name = "reading"

    def lookups(self, request, model_admin):
        return [("above", f"Above {HARDEST:g}"), ("within", f"Up to {HARDEST:g}")]

    def queryset(self, request, queryset):
        narrowed = {"above": Q(grade__gt=HARDEST), "within": Q(grade__lte=HARDEST)}
        return queryset.filter(narrowed.get(self.value(), Q()))


# --- What a row says --------------------------------------------------------------------------------------------------------


class ArticleList:
    """The list's part of `ArticleAdmin`, over articles `with_standing`."""

    list_display = ["title_and_address", "live", "draft", "primary_code", "keepers", "review_due", "reading_grade"]
    list_filter = [LiveFilter, DraftFilter, OwnerFilter, ReviewFilter, ChapterFilter, GradeFilter, "language"]
    list_select_related = ["owner", "deputy"]

    def get_list_display(self, request):
        return [column for column in self.list_display if column != "draft" or sees_drafts(request)]

    def get_list_filter(self, request):
        return [narrow for narrow in self.list_filter if narrow is not DraftFilter or sees_drafts(request)]

    @admin.display(description="article", ordering="newest_title")
    def title_and_address(self, article):
        address = article.get_absolute_url()
        return format_html('{} <span class="below">{}</span>', article.newest_title or "(no title yet)", address)

    @admin.display(description="readers", ordering="published_at")
    def live(self, article):
        if article.published_at:
            return pill(State.PUBLISHED, "Published", day(article.published_at))
        if article.withdrawn_at:
            return pill(State.WITHDRAWN, "Withdrawn", day(article.withdrawn_at))
        return "Not published yet"

    @admin.display(description="draft", ordering="draft_state", empty_value="None")
    def draft(self, article):
        if not article.draft_state:
            return None
        if article.publish_at:
            at = date_format(timezone.localtime(article.publish_at), "DATETIME_FORMAT")
            return pill(article.draft_state, "Held" if article.held_because else "Scheduled", f"for {at}")
        return pill(article.draft_state, State(article.draft_state).label)

    @admin.display(description="primary code", ordering="primary_code")
    def primary_code(self, article):
        return article.primary_code

    @admin.display(description="owner", ordering=F("owner__email").asc(nulls_last=True))
    def keepers(self, article):
        if not article.deputy:
            return article.owner and named(article.owner)
        owner = named(article.owner) if article.owner else "–"
        return format_html('{} <span class="below">deputy: {}</span>', owner, named(article.deputy))

    @admin.display(description="review due", ordering=F("review_due_on").asc(nulls_last=True))
    def review_due(self, article):
        if article.published_at and article.review_due_on and article.review_due_on < timezone.localdate():
            return format_html('{} <strong class="overdue">overdue</strong>', date_format(article.review_due_on))
        return article.review_due_on

    @admin.display(description="reading grade", ordering=F("grade").asc(nulls_last=True))
    def reading_grade(self, article):
        if article.grade is None:
            return None
        if article.grade <= HARDEST:
            return f"{article.grade:.1f}"
        return format_html('{} <span class="below">above {}</span>', f"{article.grade:.1f}", f"{HARDEST:g}")


def sees_drafts(request):
    return request.user.has_perm("conditions.view_draft")


def named(person):
    """Return the person's name, or the address, which may go on in the next line at its sign."""
    name, at, host = str(person).partition("@")
    return person.get_full_name() or format_html("{}<wbr>{}{}", name, at, host)


def day(at):
    return date_format(timezone.localtime(at).date())


def pill(state, words, more=""):
    """Return `words` in the colour of `state`, with `more` in small after it."""
    return format_html('<span class="state state-{}">{}</span> <span class="below">{}</span>', state, words, more)
