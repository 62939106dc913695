"""The inbox of readers' reports of mistakes: who looks after one, and what came of it. Of the reader nothing is known."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.db.models import Count, Q
from django.forms import Textarea
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from conditions.addresses import articles_by_address
from conditions.audit import require
from conditions.models import MistakeReport
from conditions.publishing import ARTICLE_ADDRESS
from conditions.text import counted

from .article_list import named
from .desk import DeskAdmin, staff
from .freshness import FreshForm

State = MistakeReport.State
OPEN_STATES = (State.NEW, State.IN_WORK)
BEGINNING = 120  # characters of a report that the list shows
HELP = {
    "state": "New: nobody has looked at it. In progress: the owner below sees to it. The last two take it out of what is to do.",
    "owner": "Who looks after it. “Assign to me” in the list puts your own name here.",
    "note": "For the desk alone: what you found and what you did, so that a colleague need not look again. "
    "Nobody can answer the reader, of whom nothing is known. Where the page was wrong, start a draft of its article.",
}


# --- The page that a report is about ----------------------------------------------------------------------------------------


def own_path(page):
    """Return the path that a reader gave as `page`, with or without this site's address before it; empty for anything else."""
    page = page.strip().removeprefix(settings.SITE_URL)
    # A browser drops tabs and line ends from an address: “/<tab>/another.example” is another host to it.
    return page if page.startswith("/") and not page.startswith("//") and page.isprintable() else ""


def readers_address(page):
    """Return `page` as a link that is safe to follow: to one of the readers' pages here. Empty for whatever else stands there."""
    try:
        parts = urlsplit(own_path(page))
        found = resolve(parts.path)
    except (Resolver404, ValueError):
        return ""
    if parts.netloc or parts.scheme:
        return ""
    return own_path(page) if found.namespaces == ["conditions"] or found.url_name == "home" else ""


def articles_at(pages):
    """Return {page: article} for those of `pages` that are, or were, the address of an article; two queries."""
    keys = {}
    for page in pages:
        if found := ARTICLE_ADDRESS.fullmatch(own_path(page)):
            keys[page] = (found["language"] or settings.LANGUAGE_CODE, found["slug"])
    there = articles_by_address(slug for _, slug in keys.values())
    return {page: there[key] for page, key in keys.items() if key in there}


class Inbox(ChangeList):
    def get_results(self, request):
        """Let each report of this page of the list know its article, where the person may look at articles."""
        super().get_results(request)
        if may_see_articles(request.user):
            articles = articles_at(report.page for report in self.result_list)
            for report in self.result_list:
                report.article = articles.get(report.page)


def may_see_articles(user):
    return user.has_perm("conditions.view_article") or user.has_perm("conditions.change_article")


# --- What the inbox can be narrowed to --------------------------------------------------------------------------------------


class StateFilter(admin.SimpleListFilter):
    """Without a choice the inbox shows what is to do."""

    title = "state"
    parameter_name = "show"

    def lookups(self, request, model_admin):
        return [*State.choices, ("all", "All")]

    def choices(self, changelist):
        to_do, *others = super().choices(changelist)
        yield to_do | {"display": "To do: new, or in progress"}
        yield from others

    def queryset(self, request, queryset):
        if self.value() in State.values:
            return queryset.filter(state=self.value())
        return queryset if self.value() == "all" else queryset.filter(state__in=OPEN_STATES)


class OwnerFilter(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "keeper"

    def lookups(self, request, model_admin):
        return [("me", "Me"), ("nobody", "Nobody")]

    def queryset(self, request, queryset):
        return queryset.filter({"me": Q(owner=request.user), "nobody": Q(owner=None)}.get(self.value(), Q()))


# --- The inbox --------------------------------------------------------------------------------------------------------------


@admin.register(MistakeReport)
class MistakeReportAdmin(DeskAdmin):
    form = FreshForm
    list_display = ["received", "about", "beginning", "standing", "keeper"]
    list_display_links = ["received", "beginning"]
    list_filter = [StateFilter, OwnerFilter]
    list_select_related = ["owner"]
    search_fields = ["page", "text"]
    actions = ["take", "close_as_done", "close_as_no_mistake"]
    fieldsets = [
        (
            "What a reader wrote",
            {
                "fields": ["created_at", "about", "text"],
                "description": "It stays as it came. Whoever wrote it is not known, on purpose: should the text name a person, do "
                "not carry that anywhere else.",
            },
        ),
        ("What becomes of it", {"fields": ["state", "owner", "note"]}),
    ]
    readonly_fields = ["created_at", "about", "text"]

    def get_changelist(self, request, **kwargs):
        return Inbox

    def get_object(self, request, object_id, from_field=None):
        report = super().get_object(request, object_id, from_field)
        if report and may_see_articles(request.user):
            report.article = articles_at([report.page]).get(report.page)
        return report

    # --- What a row says ----------------------------------------------------------------------------------------------------

    @admin.display(description="received", ordering="created_at")
    def received(self, report):
        return date_format(timezone.localtime(report.created_at), "DATETIME_FORMAT")

    @admin.display(description="owner", ordering="owner__email")
    def keeper(self, report):
        return report.owner and named(report.owner)

    @admin.display(description="page", ordering="page")
    def about(self, report):
        address, article = readers_address(report.page), getattr(report, "article", None)
        said = format_html('<a href="{}">{}</a>', address, report.page) if address else report.page or "The site"
        if article:
            at_desk = reverse("admin:conditions_article_change", args=[article.pk])
            said = format_html('{} <a class="below" href="{}">Article at the desk</a>', said, at_desk)
        return format_html('<span class="anywhere">{}</span>', said)

    @admin.display(description="text")
    def beginning(self, report):
        text = " ".join(report.text.split())
        return f"{text[:BEGINNING].rstrip()}…" if len(text) > BEGINNING else text

    @admin.display(description="state", ordering="state")
    def standing(self, report):
        return format_html('<span class="state report-{}">{}</span>', report.state, report.get_state_display())

    def changelist_view(self, request, extra_context=None):
        """Show the inbox with its counts; take an action. Who may take none is refused, which Django would pass over in silence."""
        if request.method == "POST":
            require(request.user, "conditions.change_mistakereport")
        counts = {"new": Count("pk", filter=Q(state=State.NEW)), "in_work": Count("pk", filter=Q(state=State.IN_WORK))}
        return super().changelist_view(request, {"counts": MistakeReport.objects.aggregate(**counts), **(extra_context or {})})

    # --- The form -----------------------------------------------------------------------------------------------------------

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in HELP:
            kwargs["help_text"] = HELP[db_field.name]
        if db_field.name == "note":
            kwargs["widget"] = Textarea(attrs={"rows": 4, "class": "vLargeTextField"})
        if db_field.name == "owner":
            kwargs["queryset"] = staff("conditions.view_mistakereport")  # they can all open it
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "owner":
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def has_add_permission(self, request):
        return False  # readers write them

    # --- Many at once -------------------------------------------------------------------------------------------------------

    @admin.action(description="Assign to me", permissions=["change"])
    def take(self, request, queryset):
        self.settle(request, queryset, State.IN_WORK, "{reports_are} now assigned to you.", owner=request.user)

    @admin.action(description="Done", permissions=["change"])
    def close_as_done(self, request, queryset):
        self.settle(request, queryset, State.DONE, "Done: {reports}.")

    @admin.action(description="No mistake", permissions=["change"])
    def close_as_no_mistake(self, request, queryset):
        self.settle(request, queryset, State.NO_MISTAKE, "Looked at, and no mistake: {reports}.")

    def settle(self, request, queryset, state, said, owner=None):
        """Give each report the `state`, and to `owner`; one that nobody has becomes the own of whoever settles it."""
        require(request.user, "conditions.change_mistakereport")
        reports = list(queryset)
        with transaction.atomic():
            for report in reports:
                report.state, report.owner = state, owner or report.owner or request.user
                report.save(update_fields=["state", "owner"])
                self.log_change(request, report, f"{State(state).label}.")
        count = len(reports)
        told = said.format(reports=counted(count, "report"), reports_are=counted(count, "report is", "reports are"))
        self.message_user(request, told, messages.SUCCESS)
