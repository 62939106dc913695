"""The way of a draft to its readers: who may do what, held by the functions and by the database."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from conditions import publishing
from conditions.audit import Refused
from conditions.contents import content, digest
from conditions.models import Article, AuditEntry, Contribution, Revision, Section
from conditions.publishing import publish, publish_due, withdraw
from conditions.workflow import (
    approve,
    approver,
    discard,
    request_changes,
    restore,
    saved,
    schedule,
    start_draft,
    submit,
    unschedule,
)
from tests import factories

TOMORROW = timedelta(days=1)


def acts():
    return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))


# --- The way ----------------------------------------------------------------------------------------------------------------


def test_a_clinical_change_goes_from_author_to_reviewer_to_editor_to_readers(approved, editor):
    change = publish(approved, by=editor)
    assert (approved.state, approved.published_by, change.kind) == ("published", editor, "clinical")
    assert acts()[-4:] == ["started", "submitted", "approved", "published"]


@pytest.mark.parametrize("kind", ["clinical", "safety"])
def test_without_a_second_person_it_does_not_go_out(draft, editor, kind):
    draft.change_kind = kind
    draft.save()
    with pytest.raises(ValidationError, match="a second person, who did not write in it"):
        publish(draft, by=editor)
    with pytest.raises(ValidationError, match="a second person"):
        schedule(draft, timezone.now() + TOMORROW, by=editor)
    assert Revision.objects.get(pk=draft.pk).state == "draft"


def test_an_editorial_change_goes_out_under_one_editor(article, editor):
    draft = start_draft(article, by=editor)
    draft.change_kind, draft.change_sentence = "editorial", "A comma."
    draft.save()
    publish(draft, by=editor)
    assert (draft.state, draft.approval) == ("published", "")


def test_the_first_text_of_an_article_is_no_editorial_change(hand, editor):
    draft = factories.draft(hand["M61.24"], change_kind="editorial")
    with pytest.raises(ValidationError, match="Readers have no text of this article"):
        publish(draft, by=editor)


def test_nobody_approves_what_they_wrote(article, editor):
    draft = start_draft(article, by=editor)
    submit(draft, by=editor)
    with pytest.raises(Refused, match="a second person approves it"):
        approve(draft, by=editor)
    assert acts()[-1] == "refused"
    assert Revision.objects.get(pk=draft.pk).state == "in-review"


def test_nor_does_somebody_who_wrote_a_word_in_anothers_draft(draft, author, editor):
    saved(draft, editor)
    submit(draft, by=author)
    with pytest.raises(Refused):
        approve(draft, by=editor)


def test_a_superuser_is_no_exception(article, superuser):
    draft = start_draft(article, by=superuser)
    submit(draft, by=superuser)
    with pytest.raises(Refused):
        approve(draft, by=superuser)


def test_a_later_edit_ends_the_approval_and_the_time(approved, author, editor):
    schedule(approved, timezone.now() + TOMORROW, by=editor)
    saved(approved, author)
    approved.refresh_from_db()
    assert (approved.state, approved.approval, approved.publish_at, approver(approved)) == ("draft", "", None, None)
    assert acts()[-2:] == ["saved", "back-to-draft"]


def test_another_address_of_a_related_article_does_not_end_it(in_review, reviewer, editor, hand):
    other = factories.published_article(hand["M61.2"], slug="another")
    in_review.related.create(article=other)
    approve(in_review, by=reviewer)
    Article.objects.filter(pk=other.pk).update(slug="moved")
    publish(in_review, by=editor)


def test_a_change_that_no_form_made_ends_it_too(approved, editor):
    Section.objects.filter(revision=approved, kind="overview").update(body="<p>Another text.</p>")
    with pytest.raises(ValidationError, match="changed since it was approved"):
        publish(approved, by=editor)


def test_nobody_approves_a_text_that_they_have_not_seen(in_review, author, reviewer):
    seen = in_review.version
    saved(in_review, author)
    submit(in_review, by=author)
    with pytest.raises(ValidationError, match="Read it once more"):
        approve(in_review, by=reviewer, version=seen)


def test_who_approved_it_and_then_edits_it_is_an_author(approved, reviewer):
    saved(approved, reviewer)
    assert [(by.user, by.role) for by in approved.contributions.filter(user=reviewer)] == [(reviewer, "author")]


def test_changes_are_asked_for_at_a_section(in_review, reviewer):
    request_changes(in_review, {"overview": " Say where it hurts. ", "": "", "treatment": ""}, by=reviewer)
    comment = in_review.comments.get()
    assert (comment.section, comment.text, comment.by, in_review.state) == ("overview", "Say where it hurts.", reviewer, "draft")


@pytest.mark.parametrize("comments", [{}, {"overview": " "}, {"outlook": "Where is it?"}])
def test_asking_for_changes_needs_a_comment_at_what_is_there(in_review, reviewer, comments):
    with pytest.raises(ValidationError):
        request_changes(in_review, comments, by=reviewer)
    assert Revision.objects.get(pk=in_review.pk).state == "in-review"


def test_an_approved_text_can_still_be_sent_back(approved, reviewer):
    request_changes(approved, {"": "I was wrong."}, by=reviewer)
    assert (approved.state, approved.approval, approver(approved)) == ("draft", "", None)


def test_restoring_makes_a_draft_that_says_what_it_said(article, editor):
    first = article.revisions.get()
    factories.picture(first)
    second = start_draft(article)
    second.title, second.change_sentence = "Another", "Another title."
    second.save()
    second.sections.filter(kind="overview").update(body="<p>Other words.</p>")
    publish(second)
    draft = restore(first, by=editor)
    same = {name: value for name, value in content(first).items() if name != "change_sentence"}
    assert {name: value for name, value in content(draft).items() if name != "change_sentence"} == same
    assert (draft.number, draft.state, article.revisions.published().get()) == (3, "draft", second)


def test_one_person_withdraws_and_says_why(article, editor):
    withdraw(article.revisions.get(), "The advice is out of date.", by=editor)
    assert acts()[-1] == "withdrawn"


def test_discarding_a_draft_is_remembered(draft, editor):
    discard(draft, by=editor)
    entry = AuditEntry.objects.first()
    assert (entry.act, entry.who, entry.revision_number) == ("discarded", editor.email, 2)


def test_the_digest_is_another_as_soon_as_anything_is(draft):
    before = digest(draft)
    assert digest(Revision.objects.get(pk=draft.pk)) == before
    draft.references.update(title="Another")
    assert digest(draft) != before


# --- The schedule -----------------------------------------------------------------------------------------------------------


def test_at_its_time_it_is_published_and_not_before(approved, editor, time_machine):
    at = timezone.now() + TOMORROW
    schedule(approved, at, by=editor)
    assert list(publish_due()) == []
    time_machine.move_to(at + timedelta(hours=3))
    assert [(revision.pk, why) for revision, why in publish_due()] == [(approved.pk, "")]
    assert list(publish_due()) == []
    approved.refresh_from_db()
    assert approved.state == "published"


def test_what_is_not_fit_then_keeps_its_place_and_says_why_once(approved, editor, time_machine):
    at = timezone.now() + TOMORROW
    schedule(approved, at, by=editor)
    approved.article.attachments.all().delete()
    time_machine.move_to(at)
    for _ in range(3):
        ((_, why),) = publish_due()
    assert "Attach the article" in why
    approved.refresh_from_db()
    assert (approved.state, approved.held_because) == ("approved", why)
    assert acts().count("held") == 1


def test_one_that_breaks_keeps_no_other_from_its_readers(approved, editor, hand, time_machine, monkeypatch):
    at = timezone.now() + TOMORROW
    waiting = {"state": "approved", "approval": "operator", "publish_at": at}
    other = factories.draft(hand["M61.2"], slug="another", **waiting)
    schedule(approved, at, by=editor)
    time_machine.move_to(at)
    reasons = publishing.reasons_against_publishing

    def break_down(revision, *args, **options):
        if revision == approved:
            raise OSError("the disk")
        return reasons(revision, *args, **options)

    monkeypatch.setattr(publishing, "reasons_against_publishing", break_down)
    assert [(revision.pk, bool(why)) for revision, why in publish_due()] == [(approved.pk, True), (other.pk, False)]
    approved.refresh_from_db()
    assert "The site made an error (OSError)" in approved.held_because


def test_a_time_that_is_past_is_no_time(approved, editor):
    with pytest.raises(ValidationError, match="past"):
        schedule(approved, timezone.now(), by=editor)


def test_off_the_schedule_an_approval_stays(approved, editor):
    schedule(approved, timezone.now() + TOMORROW, by=editor)
    unschedule(approved, by=editor)
    assert (approved.state, approved.publish_at) == ("approved", None)
    with pytest.raises(ValidationError, match="not scheduled"):
        unschedule(approved, by=editor)


# --- What is refused --------------------------------------------------------------------------------------------------------

FORBIDDEN_TO_AN_AUTHOR = {
    "approve": lambda revision, by: approve(revision, by=by),
    "ask for changes": lambda revision, by: request_changes(revision, {"": "More."}, by=by),
    "publish": lambda revision, by: publish(revision, by=by),
    "schedule": lambda revision, by: schedule(revision, timezone.now() + TOMORROW, by=by),
    "unschedule": lambda revision, by: unschedule(revision, by=by),
    "withdraw": lambda revision, by: withdraw(revision.article.revisions.published().get(), "Because.", by=by),
    "discard": lambda revision, by: discard(revision, by=by),
}


@pytest.mark.parametrize("act", FORBIDDEN_TO_AN_AUTHOR)
def test_an_author_is_refused_and_it_is_recorded(in_review, author, act):
    before = content(in_review)
    with pytest.raises(PermissionDenied):
        FORBIDDEN_TO_AN_AUTHOR[act](in_review, author)
    entry = AuditEntry.objects.first()
    assert (entry.act, entry.user_pk, entry.article) == ("refused", author.pk, "hardened-hand-muscle")
    assert (Revision.objects.get(pk=in_review.pk).state, content(in_review)) == ("in-review", before)
    assert in_review.article.revisions.published().exists()


@pytest.mark.parametrize("act", [start_draft, submit, restore])
def test_who_may_not_write_neither_starts_nor_submits_nor_restores(article, reviewer, act):
    with pytest.raises(Refused):
        act(article if act is start_draft else article.revisions.get(), by=reviewer)
    assert article.revisions.count() == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda revision, by: submit(revision, by=by),
        lambda revision, by: approve(revision, by=by),
        lambda revision, by: request_changes(revision, {"": "More."}, by=by),
        lambda revision, by: schedule(revision, timezone.now() + TOMORROW, by=by),
        lambda revision, by: unschedule(revision, by=by),
        lambda revision, by: discard(revision, by=by),
        lambda revision, by: publish(revision, by=by),
    ],
)
def test_what_readers_have_takes_no_step(article, superuser, act):
    with pytest.raises(ValidationError):
        act(article.revisions.get(), superuser)


# --- What was there before ---------------------------------------------------------------------------------------------------


def test_who_had_begun_a_draft_before_authors_were_kept_is_its_author_and_does_not_approve_it(article, hand, editor):
    draft = start_draft(article)
    Revision.objects.update(created_by=editor)
    factories.draft(hand["M61.2"], slug="begun-by-nobody")
    migration = import_module("conditions.migrations.0008_editorial_desk")
    migration.make_authors(apps, schema_editor=None)
    assert list(Contribution.objects.values_list("revision", "user", "role")) == [(draft.pk, editor.pk, "author")]
    submit(draft, by=editor)
    with pytest.raises(Refused):
        approve(draft, by=editor)


# --- What the database itself refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["clinical", "safety"])
@pytest.mark.parametrize("state", ["approved", "published"])
def test_the_database_holds_no_unapproved_clinical_text_on_its_way_to_readers(draft, kind, state):
    draft.article.revisions.exclude(pk=draft.pk).update(state="superseded")
    changed = {"state": state, "change_kind": kind, "published_at": timezone.now()}
    with pytest.raises(IntegrityError, match="clinical_change_is_approved"), transaction.atomic():
        Revision.objects.filter(pk=draft.pk).update(**changed)


def test_the_database_knows_nobody_as_author_and_approver(draft, author):
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.create(revision=draft, user=author, role="approver")


def test_the_database_knows_one_approver(approved, editor):
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.create(revision=approved, user=editor, role="approver")


def test_an_approval_knows_its_text(draft):
    with pytest.raises(IntegrityError, match="approval_knows_its_text"), transaction.atomic():
        Revision.objects.filter(pk=draft.pk).update(approval="second-person")


def test_only_what_is_approved_waits_for_a_time(draft):
    with pytest.raises(IntegrityError, match="scheduled_revision_is_approved"), transaction.atomic():
        Revision.objects.filter(pk=draft.pk).update(publish_at=timezone.now())


def test_the_approval_outlives_the_account_that_gave_it(approved, reviewer, editor):
    reviewer.delete()
    publish(approved, by=editor)
    assert approved.state == "published"
    assert AuditEntry.objects.filter(act="approved", who="reviewer@example.org").exists()
