"""The list of articles at the desk: what it says, what it is narrowed to, and what is done to many at once."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conditions.models import Article, AuditEntry, Revision
from conditions.publishing import withdraw
from conditions.workflow import start_draft, submit
from tests import factories
from tests.conditions.desk import grant

LIST = "/admin/conditions/article/"
TODAY = timezone.localdate()


@pytest.fixture
def in_the_list(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def clerk_with_sight(clerk):
    """On the staff, with sight of articles and revisions, but of no draft."""
    return grant(clerk, "view_article", "view_revision")


@pytest.fixture
def three(hand):
    """Articles that readers have: `first`, `second`, `third`."""
    return [factories.published_article(hand[code], slug=slug) for slug, code in SLUGS.items()]


SLUGS = {"first": "M61.24", "second": "M61.2", "third": "M61"}


def listed(client, **narrowed):
    return {article.slug for article in client.get(LIST, narrowed).context["cl"].result_list}


def row(client, slug):
    """Return the row of the list that is about the article at `slug`, as text."""
    found = [part for part in client.get(LIST).text.split("<tr>") if f"/conditions/{slug}/<" in part]
    assert len(found) == 1
    return found[0]


def act(client, action, articles, **answers):
    data = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(LIST, data | ({"apply": "yes"} | answers if answers else {"index": 0}), follow=True)


def told(response):
    return [str(message) for message in response.context["messages"]]


def refused():
    return list(AuditEntry.objects.filter(act="refused").values_list("who", flat=True))


# --- What a row says --------------------------------------------------------------------------------------------------------


def test_a_row_says_what_readers_have(in_the_list, three, hand):
    withdraw(three[1].revisions.get(), "It was wrong.")
    factories.draft(hand["M61.241"], slug="fourth")
    Revision.objects.update(published_at=datetime(2026, 5, 4, tzinfo=UTC))
    for slug, said in (("first", "Published<"), ("second", "Withdrawn<"), ("fourth", "Not published yet")):
        assert said in row(in_the_list, slug)
    assert "4 May 2026" in row(in_the_list, "first")


def test_a_row_says_how_far_the_draft_is(in_the_list, author, three):
    draft = start_draft(three[0], by=author)
    submit(draft, author)
    waiting = start_draft(three[1])
    at = datetime(2031, 5, 4, 9, 30, tzinfo=UTC)
    Revision.objects.filter(pk=waiting.pk).update(state="approved", change_kind="editorial", publish_at=at)
    assert "In review" in row(in_the_list, "first")
    assert "Scheduled" in row(in_the_list, "second")
    assert "for 4 May 2031" in row(in_the_list, "second")
    assert 'class="field-draft">None' in row(in_the_list, "third")


def test_a_row_says_who_keeps_it_and_that_its_review_is_overdue(in_the_list, author, editor, three):
    Article.objects.filter(slug="first").update(owner=editor, deputy=author, review_due_on=TODAY - timedelta(days=1))
    Article.objects.filter(slug="second").update(review_due_on=TODAY)
    said = row(in_the_list, "first")
    assert "editor<wbr>@example.org" in said
    assert "deputy: author<wbr>@example.org" in said
    assert "overdue" in said
    assert "overdue" not in row(in_the_list, "second")


def test_a_row_says_how_hard_the_text_is(in_the_list, three):
    Revision.objects.filter(article__slug="first").update(grade=9.13)
    Revision.objects.filter(article__slug="second").update(grade=6.0)
    assert '9.1 <span class="below">above 8</span>' in row(in_the_list, "first")
    assert "6.0" in row(in_the_list, "second")
    assert "above" not in row(in_the_list, "second")


@pytest.mark.parametrize("column", range(1, 8))
def test_every_column_sorts(in_the_list, three, column):
    for order in (column, -column):
        assert listed(in_the_list, o=order) == set(SLUGS)


def test_reviews_without_a_date_stand_last(in_the_list, three):
    Article.objects.filter(slug="third").update(review_due_on=TODAY)
    Article.objects.filter(slug="second").update(review_due_on=TODAY + timedelta(days=9))
    found = in_the_list.get(LIST, {"o": 6}).context["cl"].result_list
    assert [article.slug for article in found] == ["third", "second", "first"]


# --- What it is narrowed to -------------------------------------------------------------------------------------------------


def test_it_is_narrowed_to_what_readers_have(in_the_list, three, hand):
    withdraw(three[1].revisions.get(), "It was wrong.")
    factories.draft(hand["M61.241"], slug="fourth")
    assert listed(in_the_list, live="published") == {"first", "third"}
    assert listed(in_the_list, live="withdrawn") == {"second"}
    assert listed(in_the_list, live="never") == {"fourth"}


def test_it_is_narrowed_by_the_state_of_the_draft(in_the_list, author, three):
    submit(start_draft(three[0], by=author), author)
    waiting = start_draft(three[1])
    Revision.objects.filter(pk=waiting.pk).update(state="approved", change_kind="editorial")
    assert listed(in_the_list, draft="in-review") == {"first"}
    assert (listed(in_the_list, draft="approved"), listed(in_the_list, draft="scheduled")) == ({"second"}, set())
    Revision.objects.filter(pk=waiting.pk).update(publish_at=timezone.now())
    assert (listed(in_the_list, draft="approved"), listed(in_the_list, draft="scheduled")) == (set(), {"second"})
    assert listed(in_the_list, draft="none") == {"third"}


def test_it_is_narrowed_by_owner(in_the_list, author, editor, three):
    Article.objects.filter(slug="first").update(owner=editor)
    Article.objects.filter(slug="second").update(owner=author, deputy=editor)
    assert listed(in_the_list, keeper="me") == {"first"}
    assert listed(in_the_list, keeper="deputy") == {"second"}
    assert listed(in_the_list, keeper="nobody") == {"third"}
    assert listed(in_the_list, keeper=author.pk) == {"second"}


def test_it_is_narrowed_by_the_next_review(in_the_list, three, hand):
    for slug, days in (("first", -1), ("second", 90)):
        Article.objects.filter(slug=slug).update(review_due_on=TODAY + timedelta(days=days))
    Article.objects.filter(pk=factories.draft(hand["M61.241"], slug="fourth").article_id).update(review_due_on=date(2020, 1, 1))
    assert listed(in_the_list, review="overdue") == {"first"}  # readers do not have the fourth
    assert {article.slug for article in Article.objects.overdue(TODAY)} == {"first"}
    assert listed(in_the_list, review="soon") == {"second"}
    assert listed(in_the_list, review="none") == {"third"}


def test_it_is_narrowed_to_the_chapter_of_the_primary_code(in_the_list, three):
    skin = factories.item("12")
    three[0].attachments.create(item=skin)
    assert listed(in_the_list, chapter="12") == set(SLUGS)  # of no primary code: it is not among the choices
    three[0].attachments.update(is_primary=False)
    three[0].attachments.filter(item=skin).update(is_primary=True)
    assert listed(in_the_list, chapter="12") == {"first"}
    assert listed(in_the_list, chapter="13") == {"second", "third"}


def test_it_is_narrowed_by_language(in_the_list, three, hand):
    factories.published_article(hand["M61.24"], slug="erste", language="de")
    assert listed(in_the_list, language__exact="de") == {"erste"}


def test_it_is_narrowed_to_what_is_hard_to_read(in_the_list, three):
    Revision.objects.filter(article__slug="first").update(grade=8.1)
    Revision.objects.filter(article__slug="second").update(grade=8.0)
    assert (listed(in_the_list, reading="above"), listed(in_the_list, reading="within")) == ({"first"}, {"second"})


def test_a_hard_draft_does_not_make_an_article_hard(in_the_list, three):
    Revision.objects.filter(pk=start_draft(three[0]).pk).update(grade=12)
    assert listed(in_the_list, reading="above") == set()


@pytest.mark.parametrize("name", ["live", "draft", "keeper", "review", "chapter", "reading"])
def test_a_choice_that_there_is_not_narrows_nothing(in_the_list, three, name):
    assert listed(in_the_list, **{name: "nonsense"}) == set(SLUGS)


def test_the_choices_can_be_counted(in_the_list, editor, three):
    Article.objects.filter(slug="first").update(owner=editor)
    start_draft(three[0])
    text = in_the_list.get(LIST, {"_facets": "True"}).text
    for said in ("Published (3)", "Me (1)", "Nobody (2)", "No draft (2)", "Draft (1)"):
        assert said in text


def test_the_counts_cost_the_same_for_one_article_and_for_many(in_the_list, hand):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert in_the_list.get(LIST, {"_facets": "True"}).status_code == 200
        return len(queries)

    factories.published_article(hand["M61.24"], slug="first")
    before = cost()
    for code, slug in (("M61.2", "second"), ("M61", "third")):
        start_draft(factories.published_article(hand[code], slug=slug))
    assert cost() == before


# --- The gate ---------------------------------------------------------------------------------------------------------------


def test_who_sees_no_drafts_sees_no_state_of_one(client, clerk_with_sight, three):
    def page(**narrowed):
        return re.sub("csrfmiddlewaretoken.*", "", client.get(LIST, {"_facets": "True"} | narrowed).text)

    client.force_login(clerk_with_sight)
    before = [page(), page(live="published"), page(o="1"), page(o="3")]
    Revision.objects.filter(pk=start_draft(three[0]).pk).update(
        state="approved", change_kind="editorial", publish_at=timezone.now(), title="Zirkon", grade=11
    )
    assert [page(), page(live="published"), page(o="1"), page(o="3")] == before
    assert "field-draft" not in before[0]


@pytest.mark.parametrize(
    "asked", [{"draft": "draft"}, {"draft_state": "draft"}, {"publish_at__isnull": "0"}, {"newest_title__icontains": "zirkon"}]
)
def test_nor_finds_it_by_what_the_address_asks(client, clerk_with_sight, three, asked):
    """Either answer is the one that there is without a draft."""

    def answer():
        response = client.get(LIST, asked)
        return response.status_code, [] if response.context is None else [each.slug for each in response.context["cl"].result_list]

    client.force_login(clerk_with_sight)
    before = answer()
    Revision.objects.filter(pk=start_draft(three[0]).pk).update(title="Zirkon")
    assert answer() == before


def test_the_actions_offered_are_those_that_one_may_take(client, clerk_with_sight, editor, three):
    def offered():
        form = client.get(LIST).context["action_form"]
        return {name for name, _ in form.fields["action"].choices if name}

    client.force_login(clerk_with_sight)
    assert offered() == {"export_selected", "list_as_csv"}
    client.force_login(editor)
    assert offered() >= {"assign_people", "set_review", "submit_drafts", "export_selected_with_members_text"}


# --- Many at once: people ---------------------------------------------------------------------------------------------------


def test_owner_and_deputy_are_asked_for_and_assigned(in_the_list, author, editor, three):
    asked = act(in_the_list, "assign_people", three[:2])
    assert "The 2 articles" in asked.text
    assert [label in asked.text for label in ("Leave as it is", "author@example.org")] == [True, True]
    response = act(in_the_list, "assign_people", three[:2], owner=editor.pk, deputy=author.pk)
    assert told(response) == ["Changed: 2 articles. first, second."]
    assert set(Article.objects.values_list("slug", "owner__email", "deputy__email")) == {
        ("first", "editor@example.org", "author@example.org"),
        ("second", "editor@example.org", "author@example.org"),
        ("third", None, None),
    }
    assert [entry.detail for entry in AuditEntry.objects.filter(act="assigned", who="editor@example.org")] == [
        "owner: editor@example.org; deputy: author@example.org"
    ] * 2


def test_what_is_left_as_it_is_stays(in_the_list, author, editor, three):
    Article.objects.update(owner=author, deputy=editor)
    act(in_the_list, "assign_people", three[:1], owner="", deputy="nobody")
    three[0].refresh_from_db()
    assert (three[0].owner, three[0].deputy) == (author, None)


def test_one_that_cannot_be_assigned_does_not_stop_the_others(in_the_list, editor, three):
    Article.objects.filter(slug="first").update(deputy=editor)
    Article.objects.filter(slug="third").update(owner=editor)
    response = act(in_the_list, "assign_people", three, owner=editor.pk)
    assert told(response) == [
        "Changed: 1 article. second.",
        "Unchanged, it was so already: 1 article. third.",
        "Not changed: 1 article. first (The deputy stands in for the owner: choose somebody else.).",
    ]
    assert AuditEntry.objects.filter(act="assigned").count() == 1


def test_an_answer_that_says_nothing_is_asked_again(in_the_list, member, three):
    for answers in ({"owner": ""}, {"owner": member.pk}):
        assert act(in_the_list, "assign_people", three, **answers).context["form"].errors
    assert not Article.objects.exclude(owner=None).exists()


def test_an_author_assigns_people_and_a_reviewer_does_not(client, author, reviewer, three):
    client.force_login(reviewer)
    assert "Assign owner" not in client.get(LIST).text
    assert act(client, "assign_people", three).status_code == 403
    assert act(client, "assign_people", three, owner=author.pk).status_code == 403
    assert refused() == ["reviewer@example.org"] * 2
    assert not Article.objects.exclude(owner=None).exists()
    client.force_login(author)
    act(client, "assign_people", three, owner=author.pk)
    assert Article.objects.filter(owner=author).count() == 3


def test_more_than_a_question_can_hold_is_done_in_steps(in_the_list, three, monkeypatch):
    monkeypatch.setattr("conditions.admin.article_actions.MOST", 2)
    assert told(act(in_the_list, "assign_people", three)) == [
        "These are more than 2 articles: narrow the list with a filter, and do it in several steps."
    ]


# --- Many at once: review dates ---------------------------------------------------------------------------------------------


def test_the_day_of_the_next_review_is_set(in_the_list, three):
    assert "Next review due on" in act(in_the_list, "set_review", three[:2]).text
    act(in_the_list, "set_review", three[:2], due_on="2999-04-01")
    due = dict(Article.objects.values_list("slug", "review_due_on"))
    assert due == {"first": date(2999, 4, 1), "second": date(2999, 4, 1), "third": None}
    assert {entry.detail for entry in AuditEntry.objects.filter(act="assigned")} == {"next review due on: 2999-04-01"}


def test_months_count_from_the_last_review_where_there_was_one(in_the_list, three):
    Article.objects.filter(slug="first").update(reviewed_on=date(2026, 1, 31), review_due_on=date(2029, 1, 31))
    act(in_the_list, "set_review", three[:2], months="13")
    found = list(Article.objects.order_by("slug").values_list("review_months", "review_due_on"))
    assert found == [(13, date(2027, 2, 28)), (13, None), (36, None)]


@pytest.mark.parametrize(
    "answers", [{"due_on": "2020-01-01"}, {"due_on": "soon"}, {"due_on": ""}, {"months": "0"}, {"months": "121"}]
)
def test_what_cannot_be_a_next_review_is_asked_again(in_the_list, three, answers):
    assert act(in_the_list, "set_review", three, **answers).context["form"].errors
    assert not Article.objects.exclude(review_due_on=None).exists()


def test_a_reviewer_sets_review_dates_and_an_author_does_not(client, author, reviewer, three):
    client.force_login(author)
    assert "Set the date" not in client.get(LIST).text
    assert act(client, "set_review", three).status_code == 403
    assert act(client, "set_review", three, due_on="2999-04-01").status_code == 403
    assert refused() == ["author@example.org"] * 2
    assert not Article.objects.exclude(review_due_on=None).exists()
    client.force_login(reviewer)
    act(client, "set_review", three, due_on="2999-04-01")
    assert Article.objects.filter(review_due_on=date(2999, 4, 1)).count() == 3


# --- Many at once: drafts ---------------------------------------------------------------------------------------------------


def test_open_drafts_are_submitted_and_the_rest_says_why_not(in_the_list, author, editor, three):
    submit(start_draft(three[0], by=author), author)
    draft = start_draft(three[2], by=author)
    response = act(in_the_list, "submit_drafts", three)
    assert told(response) == [
        "Submitted for review: 1 article. third.",
        "Not submitted: 2 articles. first (This can be done while it is a draft; now its state is: in review.), "
        "second (It has no open draft.).",
    ]
    draft.refresh_from_db()
    assert draft.state == "in-review"
    assert AuditEntry.objects.filter(act="submitted", who="editor@example.org").count() == 1


def test_an_author_submits_and_a_reviewer_does_not(client, author, reviewer, three):
    draft = start_draft(three[0], by=author)
    client.force_login(reviewer)
    assert "Submit the open drafts" not in client.get(LIST).text
    assert act(client, "submit_drafts", three).status_code == 403
    assert refused() == ["reviewer@example.org"]
    client.force_login(author)
    act(client, "submit_drafts", three)
    draft.refresh_from_db()
    assert draft.state == "in-review"


def test_who_sees_no_drafts_hands_none_in(client, clerk, three):
    draft = start_draft(three[0])
    client.force_login(grant(clerk, "view_article", "change_article", "change_revision"))
    assert act(client, "submit_drafts", three).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"
