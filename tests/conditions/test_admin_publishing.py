"""Publishing and withdrawing at the desk, and what nobody may do to a revision."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Change, Revision
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.desk import desk, errors, filled, grant


@pytest.fixture
def draft(hand):
    """A draft that needs nobody's approval: test_admin_workflow.py has the others."""
    return editorial(factories.published_article(hand["M61.24"]))


def editorial(article, **fields):
    draft = start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(**{"change_kind": "editorial", "change_sentence": "A comma."} | fields)
    return Revision.objects.get(pk=draft.pk)


@pytest.fixture
def published(article):
    return article.revisions.get()


def state(revision):
    return Revision.objects.get(pk=revision.pk).state


# --- Publishing -------------------------------------------------------------------------------------------------------------


def test_an_editor_is_asked_and_publishes(log_in, editor, draft):
    at_desk = log_in(editor)
    assert "Publish now" in at_desk.get(desk("revision", "publish", draft.pk)).text
    assert state(draft) == "draft"
    at_desk.post(desk("revision", "publish", draft.pk))
    draft.refresh_from_db()
    assert (draft.state, draft.published_by, Change.objects.count()) == ("published", editor, 2)


def test_the_reasons_against_are_listed_and_nothing_happens(log_in, editor, draft):
    draft.sections.get(kind="when-to-get-help").delete()
    for answer in (log_in(editor).get, log_in(editor).post):
        response = answer(desk("revision", "publish", draft.pk))
        assert "no article goes out without it" in response.text
        assert "Publish now" not in response.text
    assert state(draft) == "draft"
    assert Change.objects.count() == 1


def test_a_draft_without_title_or_summary_is_not_for_readers(log_in, editor, draft):
    Revision.objects.update(summary=" ")
    assert "a title and a summary" in log_in(editor).post(desk("revision", "publish", draft.pk)).text


def test_a_members_section_without_its_text_is_not_for_readers(log_in, editor, draft):
    draft.sections.get(kind="treatment").gated_text.delete()
    assert "Write the members' text" in log_in(editor).get(desk("revision", "publish", draft.pk)).context["reasons"][0]


def test_saving_leads_on_to_the_question(log_in, editor, draft):
    at_desk, page = log_in(editor), desk("revision", "change", draft.pk)
    response = at_desk.post(page, filled(at_desk, page) | {"title": "A hard hand", "_publish": "on"})
    assert response.url == desk("revision", "publish", draft.pk)
    draft.refresh_from_db()
    assert (draft.title, draft.state) == ("A hard hand", "draft")


def test_several_drafts_are_published_from_the_list_and_the_unfit_stay(log_in, editor, hand, draft):
    unfit = factories.draft(hand["M61.2"], slug="another", change_sentence="", change_kind="editorial")
    data = {"action": "publish_selected", "_selected_action": [draft.pk, unfit.pk]}
    response = log_in(editor).post(desk("revision", "changelist"), data, follow=True)
    assert (state(draft), state(unfit)) == ("published", "draft")
    assert "Say in one sentence what changed" in response.text


def test_publishing_is_in_the_history_of_the_revision(log_in, editor, draft):
    at_desk = log_in(editor)
    at_desk.post(desk("revision", "publish", draft.pk))
    assert "Published it" in at_desk.get(desk("revision", "history", draft.pk)).text


# --- Withdrawing ------------------------------------------------------------------------------------------------------------


def test_withdrawing_asks_for_the_reason(log_in, editor, published):
    at_desk, page = log_in(editor), desk("revision", "withdraw", published.pk)
    assert "This field is required" in at_desk.post(page, {"reason": " "}).text
    assert state(published) == "published"
    response = at_desk.post(page, {"reason": "The advice is out of date."})
    assert state(published) == "withdrawn"
    assert "The advice is out of date." in at_desk.get(response.url).text


def test_a_draft_is_not_withdrawn(log_in, editor, draft):
    response = log_in(editor).post(desk("revision", "withdraw", draft.pk), {"reason": "Because."})
    assert "Only a published revision" in response.text
    assert state(draft) == "draft"


def test_who_sees_no_drafts_may_withdraw_and_is_led_home(log_in, clerk, published):
    at_desk = log_in(grant(clerk, "withdraw_revision", "view_revision"))
    response = at_desk.post(desk("revision", "withdraw", published.pk), {"reason": "Out of date."}, follow=True)
    assert response.redirect_chain == [("/admin/", 302)]
    assert state(published) == "withdrawn"


# --- What is refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["author", "reviewer", "clerk", "member"])
@pytest.mark.parametrize("page", ["publish", "withdraw"])
def test_without_the_right_neither_is_done(log_in, request, draft, person, page):
    at_desk = log_in(request.getfixturevalue(person))
    for answer in (at_desk.get, at_desk.post):
        assert answer(desk("revision", page, draft.pk), {"reason": "Because."}).status_code in (403, 302)
    assert state(draft) == "draft"
    assert Change.objects.count() == 1


@pytest.mark.parametrize("person", ["author", "reviewer", "clerk"])
def test_staff_without_the_right_are_answered_403(log_in, request, draft, person):
    at_desk = log_in(request.getfixturevalue(person))
    assert at_desk.post(desk("revision", "publish", draft.pk)).status_code == 403


def test_the_action_is_not_there_for_an_author(log_in, author, draft):
    at_desk = log_in(author)
    assert "publish_selected" not in at_desk.get(desk("revision", "changelist")).text
    at_desk.post(desk("revision", "changelist"), {"action": "publish_selected", "_selected_action": draft.pk})
    assert state(draft) == "draft"


def test_an_author_is_offered_no_publishing(log_in, author, draft):
    text = log_in(author).get(desk("revision", "change", draft.pk)).text
    assert "Save and continue" in text
    assert "ublish…" not in text


def test_a_reviewer_reads_a_draft_and_changes_nothing(log_in, reviewer, author, draft):
    page = desk("revision", "change", draft.pk)
    data = filled(log_in(author), page) | {"title": "Another"}
    at_desk = log_in(reviewer)
    assert factories.CANARY in at_desk.get(page).text
    assert at_desk.post(page, data).status_code == 403
    draft.refresh_from_db()
    assert draft.title == "Hardened hand muscle"


def test_parts_are_not_changed_by_who_may_not_change_the_draft(log_in, reviewer, draft):
    at_desk = log_in(grant(reviewer, "change_section", "change_carecard"))
    text = at_desk.get(desk("revision", "change", draft.pk)).text
    assert factories.CANARY in text
    assert "<textarea" not in text


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time anyway")
def test_while_a_draft_is_saved_nobody_publishes_it(log_in, author, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    data = filled(at_desk, page)
    with CaptureQueriesContext(connection) as queries:
        at_desk.post(page, data)
    assert [query["sql"] for query in queries if 'FROM "conditions_article"' in query["sql"] and "FOR UPDATE" in query["sql"]]


@pytest.mark.parametrize("end", ["published", "superseded", "withdrawn"])
def test_what_readers_were_given_is_not_changed_by_anybody(log_in, superuser, article, end):
    draft = start_draft(article)
    at_desk, page = log_in(superuser), desk("revision", "change", draft.pk)
    data = filled(at_desk, page) | {"title": "Another", "sections-0-heading": "Another", "sections-1-DELETE": "on"}
    article.revisions.exclude(pk=draft.pk).update(state="superseded")
    times = {"published_at": draft.created_at, "withdrawn_at": draft.created_at, "withdrawal_reason": "Because."}
    Revision.objects.filter(pk=draft.pk).update(state=end, approval="operator", **times)
    response = at_desk.post(page, data)
    assert response.status_code == 409
    assert "takes no more changes" in response.text
    draft.refresh_from_db()
    assert draft.title == "Hardened hand muscle"
    assert [section.heading for section in draft.sections.all()] == ["What it is", "When to get help", "Treatment"]


def test_it_is_shown_without_fields_or_buttons_to_change_it(log_in, superuser, published):
    text = log_in(superuser).get(desk("revision", "change", published.pk)).text
    assert factories.CANARY in text
    assert "_save" not in text
    assert "deletelink" not in text
    assert "<textarea" not in text


def test_it_is_not_deleted_by_anybody(log_in, superuser, published):
    at_desk = log_in(superuser)
    assert at_desk.post(desk("revision", "delete", published.pk), {"post": "yes"}).status_code == 403
    at_desk.post(desk("revision", "changelist"), {"action": "delete_selected", "_selected_action": published.pk, "post": "yes"})
    assert state(published) == "published"


def test_nothing_is_deleted_from_the_list(log_in, superuser, draft):
    data = {"action": "delete_selected", "_selected_action": draft.pk, "post": "yes"}
    log_in(superuser).post(desk("revision", "changelist"), data)
    assert state(draft) == "draft"


def test_a_draft_may_be_discarded_by_an_editor(log_in, editor, article):
    draft = start_draft(article)
    log_in(editor).post(desk("revision", "delete", draft.pk), {"post": "yes"})
    assert article.revisions.count() == 1


def test_an_author_discards_no_draft(log_in, author, draft):
    assert log_in(author).post(desk("revision", "delete", draft.pk), {"post": "yes"}).status_code == 403
    assert state(draft) == "draft"


@pytest.mark.parametrize("person", ["editor", "superuser"])
def test_a_revision_is_not_added_by_its_address(log_in, request, article, person):
    at_desk = log_in(request.getfixturevalue(person))
    assert at_desk.get(desk("revision", "add")).status_code == 403
    assert at_desk.post(desk("revision", "add"), {"title": "Another", "article": article.pk}).status_code == 403
    assert Revision.objects.count() == 1


def test_saving_a_copy_as_new_is_refused_too(log_in, superuser, draft):
    at_desk, page = log_in(superuser), desk("revision", "change", draft.pk)
    assert at_desk.post(page, filled(at_desk, page) | {"_saveasnew": "on"}).status_code == 403


def test_forms_without_a_token_are_refused(client, editor, draft):
    client.handler.enforce_csrf_checks = True
    client.force_login(editor)
    assert client.post(desk("revision", "publish", draft.pk)).status_code == 403
    assert client.post(desk("article", "start_draft", draft.article_id)).status_code == 403
    assert state(draft) == "draft"


def test_a_form_that_came_back_with_errors_is_logged_by_nobody(log_in, author, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    assert errors(at_desk.post(page, filled(at_desk, page) | {"title": ""}))
    assert not LogEntry.objects.exists()
