"""The way of a clinical draft through the admin: by form and by POST, and what is refused there and written down."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conditions.models import AuditEntry, Comment, Revision
from conditions.workflow import schedule, start_draft, submit
from tests import factories
from tests.conditions.desk import desk, filled, grant, save


def state(revision):
    return Revision.objects.get(pk=revision.pk).state


def test_an_author_saves_and_hands_in_with_one_button(log_in, author, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    assert "Save and submit for review" in at_desk.get(page).text
    save(at_desk, page, title="A harder hand", _submit="on")
    draft.refresh_from_db()
    assert (draft.title, draft.state) == ("A harder hand", "in-review")


def test_a_reviewer_reads_all_of_it_and_approves_what_was_read(log_in, reviewer, in_review):
    at_desk, page = log_in(reviewer), desk("revision", "review", in_review.pk)
    response = at_desk.get(page)
    assert factories.CANARY in response.text
    assert "Approve it as it is" in response.text
    at_desk.post(page, {"approve": "on", "version": in_review.version})
    assert state(in_review) == "approved"


def test_an_approval_of_an_older_text_is_not_taken(log_in, reviewer, author, in_review):
    log_in(author)
    page = desk("revision", "change", in_review.pk)
    save(log_in(author), page, title="Another title")
    submit(Revision.objects.get(pk=in_review.pk), by=author)
    response = log_in(reviewer).post(desk("revision", "review", in_review.pk), {"approve": "on", "version": in_review.version})
    assert "changed since you opened this page" in response.text
    assert state(in_review) == "in-review"


def test_changes_are_asked_for_at_a_section_and_stand_in_the_form_until_done(log_in, reviewer, author, in_review):
    log_in(reviewer).post(desk("revision", "review", in_review.pk), {"comment-overview": "Say where it hurts.", "ask": "on"})
    assert state(in_review) == "draft"
    at_desk, page = log_in(author), desk("revision", "change", in_review.pk)
    assert "Say where it hurts." in at_desk.get(page).text
    save(at_desk, page, comment_done=Comment.objects.get().pk)
    assert "Say where it hurts." not in at_desk.get(page).text
    assert Comment.objects.get().done_at


def test_a_comment_beside_an_approval_is_not_lost(log_in, reviewer, in_review):
    response = log_in(reviewer).post(
        desk("revision", "review", in_review.pk),
        {"approve": "on", "version": in_review.version, "comment-overview": "Say where it hurts."},
    )
    assert "You wrote a comment" in response.text
    assert "Say where it hurts." in response.text
    assert state(in_review) == "in-review"


def test_asking_without_a_comment_says_what_is_missing(log_in, reviewer, in_review):
    assert "Say what is to be changed" in log_in(reviewer).post(desk("revision", "review", in_review.pk), {"ask": "on"}).text


def test_who_wrote_in_it_is_told_that_somebody_else_approves(log_in, editor, article):
    draft = start_draft(article, by=editor)
    submit(draft, by=editor)
    at_desk, page = log_in(editor), desk("revision", "review", draft.pk)
    text = at_desk.get(page).text
    assert "a second person approves it" in text
    assert "Approve it as it is" not in text
    assert at_desk.post(page, {"approve": "on", "version": draft.version}).status_code == 403
    assert AuditEntry.objects.first().act == "refused"


def test_an_unapproved_clinical_draft_is_not_published_whoever_asks(log_in, superuser, draft):
    at_desk, page = log_in(superuser), desk("revision", "publish", draft.pk)
    assert "a second person, who did not write in it" in at_desk.get(page).text
    at_desk.post(page)
    at_desk.post(desk("revision", "changelist"), {"action": "publish_selected", "_selected_action": draft.pk})
    assert state(draft) == "draft"


def test_an_editor_publishes_what_was_approved(log_in, editor, approved):
    log_in(editor).post(desk("revision", "publish", approved.pk), {"version": approved.version})
    assert state(approved) == "published"


def test_editing_what_was_approved_says_that_it_has_to_be_approved_again(log_in, author, approved):
    at_desk, page = log_in(author), desk("revision", "change", approved.pk)
    assert "it has to be approved once more" in at_desk.get(page).text
    save(at_desk, page)
    assert state(approved) == "approved"  # nothing was changed
    response = at_desk.post(page, filled(at_desk, page) | {"sections-0-heading": "What it really is"}, follow=True)
    assert "it is a draft again" in response.text
    assert state(approved) == "draft"


def test_a_text_that_cannot_be_published_says_so_before_anybody_approves_it(log_in, author, reviewer, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    response = at_desk.post(page, filled(at_desk, page) | {"sections-1-DELETE": "on", "_submit": "on"}, follow=True)
    assert "Before it can be published: Add a section" in html.unescape(response.text)
    assert state(draft) == "in-review"
    text = html.unescape(log_in(reviewer).get(desk("revision", "review", draft.pk)).text)
    assert "could not be published even when it is approved" in text
    assert "no article goes out without it" in text


def test_submitting_twice_says_what_became_of_it(log_in, author, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    data = filled(at_desk, page) | {"_submit": "on"}
    at_desk.post(page, data)
    assert "Saved, but not submitted." in at_desk.post(page, data, follow=True).text
    assert state(draft) == "in-review"


def test_saving_counts_the_version_only_where_something_changed(log_in, author, draft):
    at_desk, page = log_in(author), desk("revision", "change", draft.pk)
    save(at_desk, page)
    assert Revision.objects.get(pk=draft.pk).version == 1
    save(at_desk, page, **{"references-0-title": "Another title"})
    assert Revision.objects.get(pk=draft.pk).version == 2
    assert [entry.act for entry in AuditEntry.objects.filter(act="saved")] == ["saved"]


# --- The schedule -----------------------------------------------------------------------------------------------------------


def test_a_time_is_given_and_shown_in_the_sites_zone(log_in, editor, approved, settings):
    settings.TIME_ZONE = "Europe/London"
    at_desk = log_in(editor)
    at_desk.post(desk("revision", "publish", approved.pk), {"schedule": "on", "publish_at": "2090-07-01T09:00"})
    approved.refresh_from_db()
    assert approved.publish_at == datetime(2090, 7, 1, 8, tzinfo=UTC)
    assert "1 July 2090, 09:00 (BST)" in at_desk.get(desk("revision", "change", approved.pk)).text


@pytest.mark.parametrize(
    ("given", "said"), [("", "Choose a day"), ("soon", "Give a day"), ("2001-01-01T09:00", "This time is past")]
)
def test_a_time_that_is_none_is_said_at_the_field(log_in, editor, approved, given, said):
    response = log_in(editor).post(desk("revision", "publish", approved.pk), {"schedule": "on", "publish_at": given})
    assert said in response.text
    assert "Publish now" in response.text


def test_what_is_scheduled_is_taken_off(log_in, editor, approved):
    schedule(approved, timezone.now() + timedelta(days=1), by=editor)
    log_in(editor).post(desk("revision", "unschedule", approved.pk))
    assert Revision.objects.get(pk=approved.pk).publish_at is None


def test_a_question_about_another_text_is_not_answered(log_in, editor, approved):
    response = log_in(editor).post(desk("revision", "publish", approved.pk), {"version": approved.version + 1})
    assert "Read it once more" in response.text
    assert state(approved) == "approved"


# --- Restoring --------------------------------------------------------------------------------------------------------------


def test_an_old_revision_is_restored_as_a_draft(log_in, author, article):
    at_desk, first = log_in(author), article.revisions.get()
    assert "Restore as a new draft" in at_desk.get(desk("revision", "change", first.pk)).text
    response = at_desk.post(desk("revision", "restore", first.pk))
    draft = article.revisions.open().get()
    assert response.url == desk("revision", "change", draft.pk)
    assert (draft.number, state(first)) == (2, "published")


def test_beside_an_open_draft_nothing_is_restored(log_in, author, draft):
    response = log_in(author).post(desk("revision", "restore", draft.article.revisions.last().pk), follow=True)
    assert "open draft already" in response.text


# --- As an author: every forbidden act, by form and by POST, is refused and recorded ----------------------------------------

FORBIDDEN = {
    "review": {"approve": "on"},
    "publish": {},
    "unschedule": {},
    "withdraw": {"reason": "Because."},
    "delete": {"post": "yes"},
}


@pytest.mark.parametrize("page", [*FORBIDDEN, "publish at a time", "ask for changes"])
def test_an_author_is_refused_by_post(log_in, author, in_review, page):
    data = FORBIDDEN.get(page, {"schedule": "on", "publish_at": "2090-01-01T09:00", "ask": "on", "comment": "More."})
    name = {"publish at a time": "publish", "ask for changes": "review"}.get(page, page)
    response = log_in(author).post(desk("revision", name, in_review.pk), data)
    assert response.status_code == 403
    entry = AuditEntry.objects.first()
    assert (entry.act, entry.who) == ("refused", "author@example.org")
    assert state(in_review) == "in-review"


@pytest.mark.parametrize("action", ["publish_selected", "delete_selected"])
def test_an_action_that_is_not_offered_is_refused(log_in, author, in_review, action):
    data = {"action": action, "_selected_action": in_review.pk, "post": "yes"}
    log_in(author).post(desk("revision", "changelist"), data)
    assert state(in_review) == "in-review"
    if action == "publish_selected":
        assert AuditEntry.objects.first().act == "refused"


def test_an_authors_form_changes_no_state_and_offers_no_publishing(log_in, author, in_review):
    at_desk, page = log_in(author), desk("revision", "change", in_review.pk)
    text = at_desk.get(page).text
    assert "Save and publish" not in text
    assert "Publish…" not in text
    response = at_desk.post(page, filled(at_desk, page) | {"state": "published", "_publish": "on"}, follow=True)
    assert response.status_code == 403
    assert state(in_review) == "in-review"


def test_a_form_of_who_may_not_write_is_refused_and_recorded(log_in, author, reviewer, draft):
    data = filled(log_in(author), desk("revision", "change", draft.pk)) | {"title": "Another"}
    assert log_in(reviewer).post(desk("revision", "change", draft.pk), data).status_code == 403
    entry = AuditEntry.objects.first()
    assert (entry.act, entry.who) == ("refused", "reviewer@example.org")


def test_who_sees_no_drafts_meets_none_of_the_steps(log_in, clerk, draft):
    worker = grant(clerk, "change_revision", "view_revision", "approve_revision", "publish_revision", "withdraw_revision")
    at_desk = log_in(worker)
    for page in ("review", "publish", "withdraw"):
        assert at_desk.get(desk("revision", page, draft.pk)).status_code == 404
    for page in ("review", "publish", "withdraw", "unschedule", "autosave", "restore"):
        assert at_desk.post(desk("revision", page, draft.pk), {"approve": "on"}).status_code == 404
    published = draft.article.revisions.published().get()
    for page in ("review", "publish", "restore"):
        assert at_desk.post(desk("revision", page, published.pk), {"approve": "on"}).status_code == 404
