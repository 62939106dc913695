"""The desk's first page: what waits for whom, how the articles are doing, and nothing of it for those who see no drafts."""

from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conditions import demand, link_check
from conditions.dashboard import columns
from conditions.link_check import Answer, State
from conditions.models import Article, Change, CodeDemand, Comment, MistakeReport, Reference, Revision
from conditions.workflow import approve, request_changes, schedule, start_draft, submit
from tests import factories
from tests.conditions.desk import grant

INDEX = reverse("admin:index")
TODAY = timezone.localdate


@pytest.fixture
def look(client):
    """Return a function from a person to the lists of that person's first page: {key: panel}."""

    def panels_of(person):
        client.force_login(person)
        return {panel.key: panel for panel in client.get(INDEX).context.get("panels") or []}

    return panels_of


@pytest.fixture
def charts(client, editor):
    def charts_now():
        client.force_login(editor)
        return {chart.key: chart for chart in client.get(INDEX).context["charts"]}

    return charts_now


@pytest.fixture
def draft(article, author):
    draft = start_draft(article, author)
    Revision.objects.filter(pk=draft.pk).update(title="A stiff hand")
    draft.refresh_from_db()
    return draft


def texts(panel):
    return [row.text for row in panel.rows]


def at_review(hand, code, days, **fields):
    """A published article whose review is due in `days`."""
    article = factories.published_article(hand[code], slug=f"at-{code.lower().replace('.', '-')}", title=f"Of {code}")
    Article.objects.filter(pk=article.pk).update(review_due_on=TODAY() + timedelta(days=days), **fields)
    return article


# --- The gate ---------------------------------------------------------------------------------------------------------------


def test_who_may_not_see_drafts_has_the_plain_page_at_the_plain_cost(client, clerk, draft):
    client.force_login(grant(clerk, "view_revision", "view_article", "view_mistakereport", "approve_revision"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(INDEX).text
    assert "desk-overview" not in page
    assert "A stiff hand" not in page
    assert not [query for query in queries if "conditions_" in query["sql"]]


def test_the_dashboard_stands_above_the_list_of_models(client, author, draft):
    client.force_login(author)
    page = client.get(INDEX).text
    assert page.index("My drafts") < page.index("A stiff hand") < page.index('id="content-main"')


def test_no_list_holds_members_text(client, superuser, draft):
    submit(draft, superuser)
    client.force_login(superuser)
    assert factories.CANARY not in client.get(INDEX).text


# --- My drafts, and what waits for me ---------------------------------------------------------------------------------------


def test_my_drafts_are_those_that_i_began_or_wrote_in(look, author, editor, draft, hand):
    other = factories.draft(hand["M61"], slug="another", title="Another", created_by=editor)
    assert texts(look(author)["drafts"]) == ["A stiff hand"]
    other.contributions.create(user=author, role="author")
    assert len(look(author)["drafts"].rows) == 2
    assert texts(look(editor)["drafts"]) == ["Another"]


def test_a_draft_that_is_published_is_mine_no_more(look, author, draft):
    Revision.objects.filter(article=draft.article, state="published").update(state="superseded")
    Revision.objects.filter(pk=draft.pk).update(state="published", published_at=timezone.now(), approval="operator")
    assert look(author)["drafts"].total == 0


def test_what_is_in_review_waits_for_those_who_may_approve_it(look, author, reviewer, editor, draft):
    assert look(reviewer)["waiting"].total == 0
    submit(draft, author)
    assert texts(look(reviewer)["waiting"]) == texts(look(editor)["waiting"]) == ["A stiff hand"]
    assert look(author)["waiting"].total == 0


def test_nothing_waits_for_the_approval_of_who_wrote_in_it(look, author, editor, draft):
    draft.contributions.create(user=editor, role="author")
    submit(draft, author)
    assert look(editor)["waiting"].total == 0


def test_what_was_sent_back_waits_for_its_author_until_no_comment_is_open(look, author, reviewer, draft):
    submit(draft, author)
    request_changes(draft, {"": "Say when to get help."}, reviewer)
    (row,) = look(author)["waiting"].rows
    assert (row.text, row.note) == ("A stiff hand", "Sent back to you: 1 comment is open.")
    assert look(reviewer)["waiting"].total == 0
    Comment.objects.update(done_at=timezone.now())
    assert look(author)["waiting"].total == 0


def test_what_is_approved_waits_for_those_who_may_publish(look, author, reviewer, editor, draft):
    submit(draft, author)
    approve(draft, reviewer)
    assert texts(look(editor)["waiting"]) == ["A stiff hand"]
    assert look(reviewer)["waiting"].total == look(author)["waiting"].total == 0


# --- The schedule -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def waits_for_its_time(draft, author, reviewer, editor, settings):
    settings.TIME_ZONE = "Europe/London"
    submit(draft, author)
    approve(draft, reviewer)
    schedule(draft, timezone.now() + timedelta(days=1), editor)
    return draft


def test_a_scheduled_revision_tells_its_time_in_the_zone_of_the_site(look, editor, waits_for_its_time):
    Revision.objects.filter(pk=waits_for_its_time.pk).update(publish_at="2040-07-01T07:30:00Z")
    panel = look(editor)["scheduled"]
    assert panel.rows[0].note == "On 1 July 2040, 08:30 BST."
    assert "Europe/London" in panel.about
    assert look(editor)["waiting"].total == 0


def test_a_late_one_says_what_held_it(look, editor, waits_for_its_time):
    past = timezone.now() - timedelta(hours=1)
    Revision.objects.filter(pk=waits_for_its_time.pk).update(publish_at=past, held_because="Write the teaser.")
    (row,) = look(editor)["scheduled"].rows
    assert row.urgent == "Late"
    assert row.note.endswith("Write the teaser.")


def test_a_late_one_that_nobody_looked_for_points_to_the_worker(look, editor, waits_for_its_time):
    Revision.objects.filter(pk=waits_for_its_time.pk).update(publish_at=timezone.now() - timedelta(hours=1))
    assert "Is the worker running?" in look(editor)["scheduled"].rows[0].note


# --- Reviews, grades, references --------------------------------------------------------------------------------------------


def test_reviews_that_are_due_name_the_owner_and_the_deputy(look, author, editor, hand):
    at_review(hand, "M61", 90, owner=editor, deputy=author)
    at_review(hand, "M61.2", -5)
    at_review(hand, "M61.24", 91)
    rows = look(author)["reviews"].rows
    assert [(row.text, row.urgent) for row in rows] == [("Of M61.2", "Overdue"), ("Of M61", "")]
    assert "owner editor@example.org, deputy author@example.org" in rows[1].note
    assert "nobody owns it" in rows[0].note


def test_a_review_is_due_of_what_readers_have_alone_and_by_its_published_title(look, author, hand):
    article = at_review(hand, "M61", -5)
    factories.draft(hand["M61.2"])
    Article.objects.filter(slug="hardened-hand-muscle").update(review_due_on=TODAY())
    Revision.objects.filter(pk=start_draft(article).pk).update(title="A new title")
    assert texts(look(author)["reviews"]) == ["Of M61"]


def test_published_articles_above_the_target_grade_say_why(look, author, article, hand):
    article.revisions.update(grade=8.4, hard_because="Names of medicines.")
    factories.published_article(hand["M61"], slug="fair").revisions.update(grade=8.0)
    start_draft(article)
    Revision.objects.open().update(grade=12)
    (row,) = look(author)["grade"].rows
    assert row.note == "Grade 8.4. Because: Names of medicines."
    article.revisions.update(hard_because="")
    assert look(author)["grade"].rows[0].note.endswith("Nobody has written why.")


def test_a_broken_reference_names_article_title_and_since_when(look, author, article):
    url = Reference.objects.get().url
    link_check.keep(url, Answer(State.UNREACHABLE, "503"))
    assert look(author)["broken"].total == 0
    link_check.keep(url, Answer(State.BROKEN, "404"), timezone.now())
    (row,) = look(author)["broken"].rows
    assert row.text == "Muscle disorders"
    assert all(words in row.note for words in ("hardened-hand-muscle", "404", url, "since"))


def test_new_reports_are_for_those_who_may_read_them(look, author, editor, hand):
    MistakeReport.objects.create(page="/conditions/gout/", text="The hand is a foot.")
    MistakeReport.objects.create(text="Done with.", state="done")
    assert "reports" not in look(author)
    assert texts(look(editor)["reports"]) == ["The hand is a foot."]


def test_codes_are_told_with_rounded_numbers_and_small_ones_are_not(look, author, hand):
    for code, count in [("M61", 9), ("M61.2", 1234)]:
        CodeDemand.objects.create(item=hand[code], month=demand.months_ago(0), count=count)
    panel = look(author)["wanted"]
    assert [(row.text, row.note) for row in panel.rows] == [(str(hand["M61.2"]), "Looked for at least 1,230 times.")]
    assert "there were more" in panel.about


# --- The lists as lists -----------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so(client, editor):
    client.force_login(editor)
    response = client.get(INDEX)
    assert all(panel.total == 0 and panel.empty in response.text for panel in response.context["panels"])
    assert len(response.context["panels"]) == 8


@pytest.fixture
def plenty(hand, editor, author, reviewer):
    """Return a function that adds one more of everything to every list and chart."""
    made = []

    def add():
        number = len(made)
        item = factories.item(f"Q{number:02}", "A place", hand["M60-M63"])
        article = factories.published_article(item, slug=f"article-{number}", title=f"Article {number}")
        made.append(article)
        Article.objects.filter(pk=article.pk).update(review_due_on=TODAY() - timedelta(days=1), owner=editor, deputy=author)
        article.revisions.update(grade=9)
        Reference.objects.filter(revision__article=article).update(url=f"https://host.example/{number}")
        link_check.keep(f"https://host.example/{number}", Answer(State.BROKEN, "404"))
        mine = start_draft(article, editor)
        Comment.objects.create(revision=mine, text="More.", by=reviewer)
        for state in ("in-review", "scheduled"):
            place = factories.item(f"{state[0].upper()}{number:02}", "A place", hand["M60-M63"])
            other = factories.draft(place, slug=f"{state}-{number}", created_by=author)
            if state == "scheduled":
                at = timezone.now() + timedelta(days=1)
                Revision.objects.filter(pk=other.pk).update(state="approved", approval="operator", publish_at=at)
            else:
                Revision.objects.filter(pk=other.pk).update(state="in-review", submitted_at=timezone.now())
        MistakeReport.objects.create(text=f"Report {number}")
        wanted = factories.item(f"W{number:02}", "Wanted", hand["M60-M63"])
        CodeDemand.objects.create(item=wanted, month=demand.months_ago(0), count=10 + number)

    return add


def test_the_page_costs_the_same_for_one_row_and_for_many(client, editor, plenty):
    client.force_login(editor)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = client.get(INDEX)
        return len(queries), [min(panel.total, 1) for panel in page.context["panels"]]

    client.get(INDEX)
    nothing, _ = cost()
    plenty()
    one, totals = cost()
    assert totals == [1] * 8
    for _ in range(9):
        plenty()
    many, _ = cost()
    assert nothing == one == many


def test_no_list_is_longer_than_eight_and_the_way_to_all_leads_to_all(client, look, editor, plenty):
    for _ in range(10):
        plenty()
    found = look(editor)
    assert {len(panel.first) for panel in found.values()} == {8}
    assert [key for key, panel in found.items() if not panel.more] == ["broken", "wanted"]
    for key in ("scheduled", "reviews", "grade", "reports"):
        ((words, address),) = found[key].more[:1]
        assert len(client.get(address).context["cl"].result_list) == found[key].total == 10, words
    assert [len(found[key].further) for key in ("broken", "wanted")] == [2, 2]


def test_every_row_and_every_way_leads_to_a_page(client, look, editor, plenty):
    for _ in range(9):
        plenty()
    found = look(editor).values()
    addresses = {row.url for panel in found for row in panel.rows} | {address for panel in found for _, address in panel.more}
    assert len(addresses) > 40
    assert {client.get(address).status_code for address in addresses} == {200}


def test_the_ways_are_open_to_reviewers_and_authors_too(client, look, author, reviewer, plenty):
    plenty()
    for person in (author, reviewer):
        rows = [row for panel in look(person).values() for row in panel.rows]
        assert {client.get(row.url).status_code for row in rows} == {200}


# --- The charts -------------------------------------------------------------------------------------------------------------


def test_reviews_are_counted_by_month_and_what_is_overdue_apart(charts, hand):
    at_review(hand, "M61", -400)
    at_review(hand, "M61.2", -1)
    at_review(hand, "M61.24", 3000)
    factories.published_article(hand["M61.241"], slug="without")
    in_two_months = demand.months_ago(-2)
    at_review(hand, "M61.242", (in_two_months - TODAY()).days)
    chart = charts()["reviews"]
    assert chart.sentence == "2 of 5 articles are overdue for review; 1 has no date."
    values = [column.total for column in chart.columns]
    assert (len(values), values[0], values[3], sum(values)) == (13, 2, 1, 3)
    assert chart.besides == (("Later", 1), ("No date", 1))


def test_grades_are_counted_in_ranges(charts, hand):
    grades = [5.0, 5.1, 6.0, 8.0, 8.1, None]
    for code, grade in zip([code for code in hand if code.startswith("M6")], grades, strict=False):
        factories.published_article(hand[code], slug=f"g-{code.lower().replace('.', '-')}").revisions.update(grade=grade)
    chart = charts()["grades"]
    assert [column.total for column in chart.columns] == [1, 2, 0, 1, 1, 1]
    assert chart.sentence == "4 of 5 graded articles read at grade 8 or below; 1 has no grade."


def test_what_was_published_is_counted_by_month_and_kind(charts, article, hand):
    factories.published_article(hand["M61"], slug="old")
    begin = demand.months_ago(12)
    at = datetime(begin.year, begin.month, 28, tzinfo=timezone.get_current_timezone())
    Change.objects.filter(article__slug="old").update(at=at)
    factories.published_article(hand["M61.2"], slug="safety", change_kind="safety")
    chart = charts()["published"]
    assert chart.sentence == "2 changes in twelve months: 1 clinical, 1 safety."
    assert [column.values for column in chart.columns][-1] == (0, 1, 1, 0)
    assert len(chart.columns) == 12


def test_a_change_at_midnight_belongs_to_the_month_of_the_site(charts, article, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    month = demand.months_ago(1)
    first = datetime(month.year, month.month, 1, 0, 30, tzinfo=timezone.get_current_timezone())
    Change.objects.update(at=first)
    assert [column.total for column in charts()["published"].columns][-2:] == [1, 0]


class Numbers(HTMLParser):
    """Collects what the page's SVG and its tables say."""

    def __init__(self):
        super().__init__()
        self.tags, self.styled, self.labels = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styled += [tag for name, _ in attrs if name == "style" or name.startswith("on")]
        self.labels += [value for name, value in attrs if name in ("aria-labelledby", "aria-describedby")]


def test_charts_are_drawn_without_styles_and_told_in_words_and_numbers(client, editor, plenty):
    plenty()
    client.force_login(editor)
    page = client.get(INDEX).text
    overview = Numbers()
    overview.feed(page[page.index('class="desk-overview"') : page.index('id="content-main"')])
    assert not overview.styled
    assert [overview.tags.count(tag) for tag in ("title", "desc", "table")] == [3, 3, 3]
    assert not [label for label in overview.labels if f'id="{label}"' not in page]


@pytest.mark.parametrize(
    ("highest", "step", "top"), [(0, 1, 1), (1, 1, 1), (4, 1, 4), (5, 2, 6), (9, 5, 10), (21, 10, 30), (3200, 1000, 4000)]
)
def test_the_scale_of_a_chart_has_a_few_round_numbers(highest, step, top):
    chart = columns.Chart("k", "t", "s", (columns.Series("a", "plain"),), (columns.Column("c", "c", (highest,)),))
    assert (chart.step, chart.top) == (step, top)


def test_parts_of_a_column_stand_on_each_other():
    series = (columns.Series("a", "plain"), columns.Series("b", "alarm"))
    chart = columns.Chart("k", "t", "s", series, (columns.Column("c", "c", (3, 1)),))
    lower, upper = chart.bars
    assert upper.y + upper.height == lower.y
    assert lower.y + lower.height == columns.HEIGHT - columns.BOTTOM
    assert lower.height == pytest.approx(3 * upper.height, abs=2)
