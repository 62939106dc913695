"""A draft becomes public by being published, and by nothing else."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from conditions.models import AuditEntry, Change, GatedText, Picture, Revision, Section
from conditions.publishing import publish, withdraw
from conditions.sharing import is_open, share
from conditions.workflow import schedule, start_draft
from tests import factories


def test_publishing_supersedes_the_revision_before_and_numbers_the_change(article):
    first = article.revisions.get()
    second = start_draft(article)
    second.change_sentence = "Clearer words."
    second.save()
    change = publish(second)
    first.refresh_from_db()
    assert (first.state, second.state, change.number) == ("superseded", "published", 2)


def test_a_new_draft_is_a_copy_of_the_newest_revision(article):
    draft = start_draft(article)
    assert draft.sections.count() == 3
    assert draft.care_cards.count() == draft.references.count() == 1
    assert factories.CANARY in GatedText.objects.for_revision(draft).get().body


def test_a_new_draft_has_the_pictures_and_shares_their_files(article):
    picture = factories.picture(article.revisions.get())
    copy = start_draft(article).pictures.get()
    assert copy.pk != picture.pk
    assert (copy.digest, copy.section, copy.caption) == (picture.digest, "overview", picture.caption)


def test_a_picture_whose_section_is_not_there_is_named(hand):
    draft = factories.draft(hand["M61.24"])
    factories.picture(draft, section=Section.Kind.OUTLOOK, caption="A healed hand")
    with pytest.raises(ValidationError, match="“A healed hand” stands in a section that this revision does not have: Outlook"):
        publish(draft)


@pytest.mark.parametrize("name", Picture.PUBLIC_TEXTS)
def test_six_words_of_gated_text_at_a_picture_keep_it_from_readers(hand, name):
    draft = factories.draft(hand["M61.24"])
    factories.picture(draft, **{name: "Then add splints made for the hand"})
    with pytest.raises(ValidationError, match="then add splints made for the"):
        publish(draft)


@pytest.mark.parametrize(
    "words",
    [
        "<text>Then add splints <tspan>made for the</tspan></text>",
        '<g aria-label="{}"/>',
        "<desc>{}</desc>",
        "<!-- {} -->",
        '<g class="then&#32;add&#32;splints&#32;made&#32;for&#32;the"/>',
    ],
)
def test_six_words_of_gated_text_in_a_drawing_keep_it_from_readers(hand, words):
    draft = factories.draft(hand["M61.24"])
    inside = words.format("then add splints made for the")
    factories.picture(draft, factories.DRAWING.replace(b"<text>Bone</text>", inside.encode()))
    with pytest.raises(ValidationError, match="then add splints made for the"):
        publish(draft)


def test_words_of_a_drawing_spelt_by_numbers_are_read(hand):
    draft = factories.draft(hand["M61.24"])
    spelt = b'<g class="then&#32;add&#32;splints&#32;made&#32;for&#32;the"/>'
    factories.picture(draft, factories.DRAWING.replace(b"<text>Bone</text>", spelt))
    with pytest.raises(ValidationError, match="then add splints made for the"):
        publish(draft)


def test_a_picture_whose_file_is_missing_keeps_it_from_readers(hand):
    draft = factories.draft(hand["M61.24"])
    default_storage.delete(factories.picture(draft).stored.fallback)
    with pytest.raises(ValidationError, match="is missing: upload it again"):
        publish(draft)


def test_one_draft_is_open_at_a_time(article):
    start_draft(article)
    with pytest.raises(ValidationError, match="open draft"):
        start_draft(article)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(article=article, number=9, title="Another")


def test_the_database_holds_one_published_revision(article):
    now = article.revisions.get().published_at
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(article=article, number=9, state="published", published_at=now)


def test_an_author_cannot_publish(hand, author):
    with pytest.raises(PermissionDenied):
        publish(factories.draft(hand["M61.24"]), by=author)
    assert not Change.objects.exists()


def test_an_editor_can(hand, editor):
    draft = start_draft(factories.published_article(hand["M61.24"]))
    draft.change_kind, draft.change_sentence = "editorial", "A comma."
    draft.save()
    assert publish(draft, by=editor).revision.published_by == editor


def test_no_article_goes_out_without_when_to_get_help(hand):
    draft = factories.draft(hand["M61.24"])
    draft.sections.filter(kind=Section.Kind.WHEN_TO_GET_HELP).delete()
    with pytest.raises(ValidationError, match="When to get help"):
        publish(draft)


def test_no_article_goes_out_unattached(db):
    with pytest.raises(ValidationError, match="classification"):
        publish(factories.draft(None))


def test_a_published_revision_is_not_published_again(article):
    with pytest.raises(ValidationError, match="Only a draft"):
        publish(article.revisions.get())


def test_the_database_refuses_gated_help(hand):
    draft = factories.draft(hand["M61.24"])
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.sections.filter(kind=Section.Kind.WHEN_TO_GET_HELP).update(audience="members")


def test_withdrawing_needs_a_reason_that_readers_see(article, editor):
    with pytest.raises(ValidationError, match="reason"):
        withdraw(article.revisions.get(), " ", by=editor)
    change = withdraw(article.revisions.get(), "The advice is out of date.", by=editor)
    assert (change.kind, change.sentence) == ("withdrawal", "The advice is out of date.")


def test_withdrawing_takes_the_waiting_draft_off_the_schedule_and_ends_the_links_to_what_was_withdrawn(article, editor):
    published, draft = article.revisions.get(), start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(change_kind="editorial")
    schedule(draft, timezone.now() + timedelta(hours=1), editor)
    ended, of_the_draft = (share(revision, "A clinician", 7, False, editor) for revision in (published, draft))
    withdraw(published, "The advice is out of date.", by=editor)
    draft.refresh_from_db()
    assert (draft.state, draft.publish_at) == ("draft", None)
    assert AuditEntry.objects.get(act="unscheduled").detail == "the article was withdrawn"
    assert (is_open(ended), is_open(of_the_draft)) == (False, True)


def test_a_bare_member_of_staff_withdraws_nothing(article, clerk):
    with pytest.raises(PermissionDenied):
        withdraw(article.revisions.get(), "Because.", by=clerk)


def test_what_was_published_stays_as_it_was(article):
    revision = article.revisions.get()
    gated = GatedText.objects.for_revision(revision).get()
    factories.picture(revision)
    parts = [revision.sections.first(), revision.care_cards.first(), revision.references.first(), revision.pictures.first()]
    for part in [revision, *parts, gated]:
        with pytest.raises(ValidationError, match="stays as it was"):
            part.full_clean()


def test_a_drafts_parts_can_be_changed(article):
    draft = start_draft(article)
    draft.change_sentence = "Clearer."
    for part in [draft, draft.sections.first(), draft.care_cards.first(), GatedText.objects.for_revision(draft).get()]:
        part.full_clean()
