"""The lists: what waits, what is late, what is broken, what is wanted. A row leads to where it can be mended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Window
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from conditions.demand import most_wanted
from conditions.link_check import broken_references
from conditions.models import Article, Comment, Contribution, MistakeReport, Revision
from conditions.models.articles import SOON
from conditions.plain_language import HARDEST
from conditions.text import counted

MOST_ROWS = 8
MOST_FURTHER_ROWS = 50  # that unfold, where no other page lists them
State = Revision.State


@dataclass(frozen=True)
class Row:
    """One line of a list. `state` is one of Revision.State, shown as `standing` says it; what is `urgent` stands out."""

    text: str
    url: str = ""
    note: str = ""
    state: str = ""
    standing: str = ""
    urgent: str = ""


@dataclass(frozen=True)
class Panel:
    """A list: at most MOST_ROWS `rows` of `total`. `empty` is said where there is none; `more` are (words, address)."""

    key: str
    title: str
    rows: list[Row]
    total: int
    empty: str
    about: str = ""
    more: list[tuple[str, str]] = field(default_factory=list)

    @property
    def first(self) -> list[Row]:
        return self.rows[:MOST_ROWS]

    @property
    def further(self) -> list[Row]:
        return self.rows[MOST_ROWS:]

    @property
    def untold(self) -> int:
        """How many stand neither here nor on a page that is linked."""
        return 0 if self.more else self.total - len(self.rows)


# --- What each list is made of ----------------------------------------------------------------------------------------------


def listed(queryset, row: Callable, most: int = MOST_ROWS) -> tuple[list[Row], int]:
    """Return the first rows of `queryset`, and how many there are in all: one query."""
    found = list(queryset.annotate(in_all=Window(Count("pk")))[:most])
    return [row(each) for each in found], found[0].in_all if found else 0


def page(model: str, name: str, *args, **query) -> str:
    address = reverse(f"admin:conditions_{model}_{name}", args=args)
    return f"{address}?{urlencode(query)}" if query else address


def all_of(total: int, model: str, what: str = "", **query) -> list[tuple[str, str]]:
    """Return the way to all of a list, where it shows some of them only."""
    return [(f"All {total} {what}".strip(), page(model, "changelist", **query))] if total > MOST_ROWS else []


def day(at: date | datetime) -> str:
    return date_format(timezone.localtime(at) if isinstance(at, datetime) else at)


def moment_told(moment: datetime) -> str:
    """Return day and time in the site's zone, and which that is."""
    here = timezone.localtime(moment)
    return f"{date_format(here, 'DATETIME_FORMAT')} {here.tzname()}"


def titled(revision: Revision) -> str:
    return revision.title or f"{revision.article} (no title yet)"


def revision_row(revision: Revision, note: str, urgent: str = "") -> Row:
    return Row(titled(revision), page("revision", "change", revision.pk), note, revision.state, revision.standing, urgent)


def written_by(user) -> Q:
    authors = Contribution.objects.filter(revision=OuterRef("pk"), user=user, role=Contribution.Role.AUTHOR)
    return Q(Exists(authors))


OPEN_COMMENTS = Subquery(
    Comment.objects.filter(revision=OuterRef("pk"), done_at=None)
    .order_by()
    .values("revision")
    .annotate(count=Count("pk"))
    .values("count")
)


# --- The lists --------------------------------------------------------------------------------------------------------------


def waiting_for(user, revisions) -> Panel:
    """What comes to a halt until this person does something."""
    open_comments = Comment.objects.filter(revision=OuterRef("pk"), done_at=None)
    halts = Q(Exists(open_comments), state=State.DRAFT) & (written_by(user) | Q(created_by=user))
    more = []
    if user.has_perm("conditions.approve_revision"):
        halts |= Q(state=State.IN_REVIEW) & ~written_by(user)
        more.append(("Everything in review", page("revision", "changelist", state__exact=State.IN_REVIEW)))
    if user.has_perm("conditions.publish_revision"):
        halts |= Q(state=State.APPROVED, publish_at=None)
        more.append(("Everything approved", page("revision", "changelist", state__exact=State.APPROVED)))
    found = revisions.filter(halts).select_related("article").annotate(open_comments=OPEN_COMMENTS)

    def row(revision):
        if revision.state == State.DRAFT:
            return revision_row(
                revision, f"Sent back to you: {counted(revision.open_comments, 'comment is', 'comments are')} open."
            )
        if revision.state == State.IN_REVIEW:
            since = f" since {day(revision.submitted_at)}" if revision.submitted_at else ""
            return revision_row(revision, f"In review{since}: read it, then approve it or ask for changes.")
        return revision_row(revision, "Approved: publish it, or give it a time.")

    rows, total = listed(found.order_by("submitted_at", "created_at", "pk"), row)
    return Panel("waiting", "Waiting for me", rows, total, "Nothing waits for you.", more=more if total > MOST_ROWS else [])


def drafts_of(user, revisions) -> Panel:
    found = revisions.open().filter(written_by(user) | Q(created_by=user)).select_related("article")
    rows, total = listed(
        found.order_by("-created_at", "-pk"), lambda draft: revision_row(draft, f"Begun on {day(draft.created_at)}.")
    )
    every_draft = page("revision", "changelist", state__in=",".join(Revision.OPEN_STATES))
    more = [("Everybody's drafts", every_draft)] if total > MOST_ROWS else []
    return Panel("drafts", "My drafts", rows, total, "You have no draft open.", more=more)


def scheduled(revisions) -> Panel:
    found = revisions.filter(state=State.APPROVED, publish_at__isnull=False).select_related("article")

    def row(revision):
        if not revision.is_late:
            return revision_row(revision, f"On {moment_told(revision.publish_at)}.")
        why = revision.held_because or "nothing has looked for it since. Is the worker running?"
        return revision_row(revision, f"It was to be published on {moment_told(revision.publish_at)}: {why}", "Late")

    rows, total = listed(found.order_by("publish_at", "pk"), row)
    more = all_of(total, "revision", state__exact=State.APPROVED, publish_at__isnull=False)
    about = f"Times are those of {settings.TIME_ZONE}."
    return Panel("scheduled", "Scheduled", rows, total, "Nothing waits for its time.", about if total else "", more)


def reviews_due(today: date) -> Panel:
    """The published articles whose review is due, or will be soon, the longest overdue first."""
    found = (
        Article.objects.published()
        .filter(review_due_on__lte=today + SOON)
        .select_related("owner", "deputy")
        .annotate(title=F("revisions__title"))
        .order_by("review_due_on", "slug", "language")
    )

    def row(article):
        is_overdue = article.review_due_on < today
        keepers = ", ".join(f"{what} {who}" for what, who in (("owner", article.owner), ("deputy", article.deputy)) if who)
        when = f"Due {'since' if is_overdue else 'on'} {day(article.review_due_on)}"
        note = f"{when}; {keepers or 'nobody owns it'}."
        return Row(article.title, page("article", "change", article.pk), note, urgent="Overdue" if is_overdue else "")

    rows, total = listed(found, row)
    more = []
    if total > MOST_ROWS:
        more = [
            (words, page("article", "changelist", review=key))
            for words, key in [("All overdue", "overdue"), ("All due soon", "soon")]
        ]
    empty = f"No review is overdue, and none is due within {SOON.days} days."
    return Panel("reviews", "Reviews due", rows, total, empty, more=more)


def hard_to_read(revisions) -> Panel:
    found = revisions.published().filter(grade__gt=HARDEST).select_related("article").order_by("-grade", "pk")

    def row(revision):
        because = f"Because: {revision.hard_because}" if revision.hard_because else "Nobody has written why."
        note = f"Grade {revision.grade:.1f}. {because}"
        return Row(titled(revision), page("revision", "change", revision.pk), note)

    rows, total = listed(found, row)
    more = all_of(total, "revision", state__exact=State.PUBLISHED, grade__gt=HARDEST)
    empty = f"No published article reads above grade {HARDEST:g}."
    return Panel("grade", f"Above reading grade {HARDEST:g}", rows, total, empty, more=more)


def broken(revisions) -> Panel:
    found = broken_references(revisions).select_related("revision__article").order_by("failing_since", "pk")

    def row(reference):
        since = f" since {day(reference.failing_since)}" if reference.failing_since else ""
        where = " (in the draft)" if reference.revision.is_open else ""
        note = f"{reference.revision.article}{where}: broken{since} ({reference.detail or 'no answer'}). {reference.url}"
        return Row(reference.title, page("revision", "change", reference.revision_id), note)

    rows, total = listed(found, row, MOST_ROWS + MOST_FURTHER_ROWS)
    return Panel("broken", "Broken references", rows, total, "No reference is known to be broken.")


def reports() -> Panel:
    found = MistakeReport.objects.filter(state=MistakeReport.State.NEW).order_by("created_at", "pk")

    def row(report):
        said = report.text if len(report.text) <= 80 else f"{report.text[:80].rstrip()}…"
        return Row(said, page("mistakereport", "change", report.pk), f"On {report.page or 'the site'}, {day(report.created_at)}.")

    rows, total = listed(found, row)
    more = all_of(total, "mistakereport", state__exact=MistakeReport.State.NEW)
    return Panel("reports", "Reported mistakes", rows, total, "Readers have reported nothing new.", more=more)


def wanted() -> Panel:
    rows = [
        Row(str(each.item), page("item", "change", each.item.pk), f"Looked for at least {each.count:,} times.")
        for each in most_wanted()
    ]
    about = (
        "In this month and the two before it. Numbers are rounded down, and fewer than ten are not shown. Copies of pages that are "
        "kept on the way to a reader are not counted, so there were more."
    )
    empty = "No code without an article was looked for ten times or more."
    return Panel("wanted", "Most looked for without an article", rows, len(rows), empty, about if rows else "")
