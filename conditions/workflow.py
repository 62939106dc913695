"""The way of a draft: started, written, submitted, sent back or approved, scheduled. `publishing` does the last step.

Every function locks the article first, so that two people act one after the other, and writes the audit in the same transaction.
`by` is a person; where None is allowed it is a command on the machine.
"""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from conditions.audit import note, refuse, require
from conditions.contents import digest
from conditions.models import Article, AuditEntry, Comment, Contribution, GatedText, Revision, Section
from conditions.text import counted

Act, Role, State = AuditEntry.Act, Contribution.Role, Revision.State
EDITORIAL = Revision.ChangeKind.EDITORIAL


def start_draft(article: Article, by=None) -> Revision:
    """Return a new draft of `article`: a copy of its newest revision, or an empty one.

    Raises Refused without the right to change revisions, ValidationError where a draft is open already.
    """
    require(by, "conditions.change_revision", article)
    with transaction.atomic():
        lock(article)
        draft = _new_draft(article, article.revisions.order_by("-number").first(), by)
        note(Act.STARTED, draft, by)
    return draft


def restore(revision: Revision, by=None) -> Revision:
    """Return a new draft of the article that says what `revision` said. What readers have stays until it is published.

    Raises Refused without the right to change revisions, ValidationError where a draft is open already.
    """
    require(by, "conditions.change_revision", revision)
    with transaction.atomic():
        lock(revision.article)
        draft = _new_draft(revision.article, revision, by)
        note(Act.RESTORED, draft, by, f"from revision {revision.number}")
    return draft


def _new_draft(article: Article, source: Revision | None, by) -> Revision:
    if article.revisions.open().exists():
        raise ValidationError("This article has an open draft already.", code="draft-open")
    draft = Revision(article=article, number=next_number(article))
    if source:
        draft.title, draft.summary, draft.is_sample = source.title, source.summary, source.is_sample
        draft.hard_because = source.hard_because
    draft.created_by = by
    draft.save()
    if source:
        copy_parts(source, draft)
    if by:
        _make_author(draft, by)
    return draft


def copy_parts(source: Revision, target: Revision) -> None:
    """Copy every part of `source` to `target`: sections with their gated text and the rest. Files of pictures are shared."""
    for section in source.sections.select_related("gated_text"):
        gated = getattr(section, "gated_text", None)
        section.pk, section.revision = None, target
        section._state.adding = True
        section.save()
        if gated:
            GatedText.objects.create(section=section, body=gated.body)
    for part in [*source.care_cards.all(), *source.references.all(), *source.pictures.all(), *source.related.all()]:
        part.pk, part.revision = None, target
        part._state.adding = True
        part.save()


# --- While it is written ----------------------------------------------------------------------------------------------------


def saved(revision: Revision, by, grade: float | None = None, merged: bool = False) -> str:
    """Note that `by` has changed the text of the open draft `revision`, inside the transaction that did.

    It counts the version, makes `by` an author, and voids what was approved or scheduled before. Returns what it was, "approved",
    "scheduled" or "in review", where it is a draft again; empty where it was one.
    """
    stood = "scheduled" if revision.publish_at else revision.get_state_display().lower()
    was_draft = revision.state == State.DRAFT
    _back_to_draft(revision)
    Revision.objects.filter(pk=revision.pk).update(version=F("version") + 1, grade=grade)
    revision.version += 1
    revision.grade = grade
    _make_author(revision, by)
    note(Act.MERGED if merged else Act.SAVED, revision, by)
    if was_draft:
        return ""
    note(Act.BACK_TO_DRAFT, revision, by, f"it was {stood}")
    return stood


def _back_to_draft(revision: Revision) -> None:
    """Make `revision` a draft that nobody has approved and that waits for no time."""
    revision.contributions.filter(role=Role.APPROVER).delete()
    revision.state, revision.approval, revision.approved_at, revision.approved_digest = State.DRAFT, "", None, ""
    revision.submitted_at, revision.publish_at, revision.held_because = None, None, ""
    revision.save(update_fields=["state", *APPROVAL_FIELDS, *WAITING_FIELDS])


APPROVAL_FIELDS = ["approval", "approved_at", "approved_digest"]
WAITING_FIELDS = ["submitted_at", "publish_at", "held_because"]


def _make_author(revision: Revision, user) -> None:
    Contribution.objects.get_or_create(revision=revision, user=user, defaults={"role": Role.AUTHOR})


def discard(revision: Revision, by) -> None:
    """Delete the open draft `revision`. Raises Refused without the right, ValidationError where it is not open."""
    require(by, "conditions.delete_revision", revision)
    with transaction.atomic():
        lock(revision.article)
        require_open(revision)
        note(Act.DISCARDED, revision, by)
        revision.delete()


# --- Review -----------------------------------------------------------------------------------------------------------------


def submit(revision: Revision, by) -> None:
    """Hand the draft to somebody who may approve it. Raises Refused, or ValidationError where it is no draft."""
    require(by, "conditions.change_revision", revision)
    with transaction.atomic():
        lock(revision.article)
        require_state(revision, State.DRAFT)
        revision.state, revision.submitted_at = State.IN_REVIEW, timezone.now()
        revision.save(update_fields=["state", "submitted_at"])
        note(Act.SUBMITTED, revision, by)


def request_changes(revision: Revision, comments: Mapping[str, str], by) -> None:
    """Send the open `revision` back to its authors with `comments`: {kind of section, or "" for the whole: text}.

    What was approved or scheduled is not any more. Raises Refused without the right; ValidationError without a comment, for a
    section that is not there, and where the revision is open no more.
    """
    require(by, "conditions.approve_revision", revision)
    comments = {section: text.strip() for section, text in comments.items() if text.strip()}
    if not comments:
        raise ValidationError("Say what is to be changed: at a section, or of the whole text.")
    with transaction.atomic():
        lock(revision.article)
        require_open(revision)
        kinds = set(revision.sections.values_list("kind", flat=True))
        if unknown := comments.keys() - kinds - {""}:
            raise ValidationError(f"This revision has no section “{Section.Kind(min(unknown)).label}” any more.")
        Comment.objects.bulk_create(
            Comment(revision=revision, section=section, text=text, by=by) for section, text in comments.items()
        )
        _back_to_draft(revision)
        note(Act.CHANGES_REQUESTED, revision, by, counted(len(comments), "comment"))


def approve(revision: Revision, by, version: int | None = None) -> None:
    """Approve what `revision` says now. It holds for this very text: a later edit ends it.

    Raises Refused without the right, and for an author of this revision; ValidationError where it is not in review, or is not
    at the `version` any more that `by` has read.
    """
    require(by, "conditions.approve_revision", revision)
    if revision.contributions.filter(user=by, role=Role.AUTHOR).exists():
        told = "You wrote in this revision, so a second person approves it: a reviewer or an editor."
        refuse(by, revision, "an author does not approve", told)
    with transaction.atomic():
        lock(revision.article)
        require_state(revision, State.IN_REVIEW)
        require_seen(revision, version)
        Contribution.objects.create(revision=revision, user=by, role=Role.APPROVER)
        revision.state, revision.approval = State.APPROVED, Revision.Approval.SECOND_PERSON
        revision.approved_at, revision.approved_digest = timezone.now(), digest(revision)
        revision.save(update_fields=["state", *APPROVAL_FIELDS])
        note(Act.APPROVED, revision, by)


def approver(revision: Revision):
    """Return who approved `revision` as the second person; None where nobody did, or the account is no more."""
    found = revision.contributions.filter(role=Role.APPROVER).select_related("user").first()
    return found and found.user


# --- The schedule -----------------------------------------------------------------------------------------------------------


def schedule(revision: Revision, at: datetime, by, version: int | None = None) -> None:
    """Have the worker publish `revision` at the time `at`, or as soon after it as it runs.

    `version` is the one that `by` has seen. Raises Refused without the right to publish; ValidationError for a time that is past,
    where the text is another one than was seen, for an unapproved clinical or safety
    change, and where the revision is open no more. Whether it is fit for readers is asked when its time has come.
    """
    require(by, "conditions.publish_revision", revision)
    if at <= timezone.now():
        raise ValidationError("This time is past: give one that is to come, or publish it now.")
    with transaction.atomic():
        lock(revision.article)
        require_open(revision)
        require_seen(revision, version)
        require_approval(revision)
        revision.state, revision.publish_at, revision.held_because = State.APPROVED, at, ""
        revision.save(update_fields=["state", "publish_at", "held_because"])
        note(Act.SCHEDULED, revision, by, f"for {timezone.localtime(at):%Y-%m-%d %H:%M %Z}")


def unschedule(revision: Revision, by) -> None:
    """Take `revision` off the schedule. An approval stays. Raises Refused without the right, ValidationError if not on it."""
    require(by, "conditions.publish_revision", revision)
    with transaction.atomic():
        lock(revision.article)
        require_state(revision, State.APPROVED)
        if revision.publish_at is None:
            raise ValidationError("This revision is not scheduled.")
        take_off_the_schedule(revision, by)


def take_off_the_schedule(revision: Revision, by, why: str = "") -> None:
    """Do so with the scheduled `revision`, whose article is locked. An approval stays."""
    revision.state = State.APPROVED if revision.approval else State.DRAFT
    revision.publish_at, revision.held_because = None, ""
    revision.save(update_fields=["state", "publish_at", "held_because"])
    note(Act.UNSCHEDULED, revision, by, why)


# --- What every step asks ---------------------------------------------------------------------------------------------------


def require_approval(revision: Revision) -> None:
    """Raise ValidationError unless a second person has approved the text as it is; an editorial change needs nobody."""
    if reason := missing_approval(revision):
        raise ValidationError(reason)


def needs_approval(revision: Revision) -> bool:
    """Say whether a second person has to approve `revision`. What readers have no text of cannot be a change of its wording."""
    return revision.change_kind != EDITORIAL or not revision.article.revisions.published().exists()


def missing_approval(revision: Revision) -> str:
    """Return what is missing of the approval that `revision` needs, as a sentence; empty where nothing is."""
    if not needs_approval(revision):
        return ""
    if revision.approval != Revision.Approval.SECOND_PERSON:
        kind = revision.get_change_kind_display().partition(":")[0].lower()
        what = f"This is a {kind} change" if revision.change_kind != EDITORIAL else "Readers have no text of this article"
        return f"{what}: a second person, who did not write in it, has to approve it first."
    if revision.approved_digest != digest(revision):
        return "The text has changed since it was approved: it has to be approved once more."
    return ""


WHILE = {
    State.DRAFT: "while it is a draft",
    State.IN_REVIEW: "while it is in review",
    State.APPROVED: "while it is approved or scheduled",
}


def require_state(revision: Revision, state: str) -> None:
    """Raise ValidationError unless `revision`, as the database has it now, is in `state`."""
    revision.refresh_from_db()
    if revision.state != state:
        raise ValidationError(f"This can be done {WHILE[state]}; now its state is: {revision.get_state_display().lower()}.")


def require_seen(revision: Revision, version: int | None) -> None:
    """Raise ValidationError where the text is not at the `version` any more that somebody has seen; None is not asked."""
    if version is not None and version != revision.version:
        raise ValidationError("The text has changed since you opened this page. Read it once more.")


def require_open(revision: Revision) -> None:
    """Raise ValidationError unless `revision`, as the database has it now, is a draft, in review or approved."""
    revision.refresh_from_db()
    if not revision.is_open:
        raise ValidationError(f"Only a draft can be published or changed; this revision is {revision.get_state_display().lower()}.")


def next_number(article: Article) -> int:
    return (article.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def lock(article: Article) -> Article:
    """Return `article`, its row locked until the end of the transaction, so that two editors act one after the other."""
    return Article.objects.select_for_update().get(pk=article.pk)
