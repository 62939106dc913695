"""The last step: what readers are given and what is taken from them, now or at its time; and what keeps a text from them."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from conditions.audit import note, require
from conditions.changes import lock_counter, record
from conditions.checking import check, grade
from conditions.checking import reasons as too_hard
from conditions.contents import prose
from conditions.models import (
    Article,
    AuditEntry,
    Change,
    Contribution,
    GatedText,
    GlossaryTerm,
    Name,
    OldSlug,
    Picture,
    Reviewer,
    Revision,
    Section,
)
from conditions.models.articles import LETTER_OF_AZ
from conditions.overlap import shared_run, shared_runs
from conditions.pictures import find_picture
from conditions.plain_language import Findings
from conditions.text import links
from conditions.workflow import lock, missing_approval, require_open, require_seen, take_off_the_schedule

ARTICLE_ADDRESS = re.compile(r"/(?:(?P<language>[a-z-]+)/)?conditions/(?P<slug>[^/?#]+)/?(?:[?#].*)?")


def publish(revision: Revision, by=None, coming: Iterable[tuple[str, str]] = (), version: int | None = None) -> Change:
    """Give `revision` to readers in the place of the one before it, and return its entry in the log. `by` is None for a command.

    It may link to the articles at `coming`, (language, slug), which are published with it. `version` is the one that `by` has seen.

    Raises Refused without the right to publish, ValidationError with every reason why readers may not have it yet. A clinical or
    safety change goes out when a second person has approved the text as it is; a command is the operator's own approval.
    """
    require(by, "conditions.publish_revision", revision)
    with transaction.atomic():
        lock(revision.article)
        require_open(revision)
        require_seen(revision, version)
        if by is None and missing_approval(revision):
            revision.contributions.filter(role=Contribution.Role.APPROVER).delete()
            revision.approval = Revision.Approval.OPERATOR
        return _give_to_readers(revision, by, coming)


def _give_to_readers(revision: Revision, by, coming: Iterable[tuple[str, str]] = ()) -> Change:
    """Publish the open `revision`, whose article is locked. Raises ValidationError with every reason against it."""
    lock_counter()  # nobody explains a word meanwhile: see GlossaryTermAdmin
    found = check(prose(revision), revision.article.language)
    if reasons := reasons_against_publishing(revision, coming, found):
        raise ValidationError(reasons)
    article, now = revision.article, timezone.now()
    article.revisions.published().update(state=Revision.State.SUPERSEDED)
    revision.state, revision.published_at, revision.published_by = Revision.State.PUBLISHED, now, by
    revision.held_because, revision.grade = "", grade(found)
    revision.names_then = list(article.names.filter(is_shown=True).values_list("text", flat=True))
    revision.save(update_fields=["state", "published_at", "published_by", "approval", "held_because", "grade", "names_then"])
    revision.seats.filter(form__isnull=True).delete()  # text that was not saved its writer finds again
    note(AuditEntry.Act.PUBLISHED, revision, by)
    return record(revision, revision.change_kind, revision.change_sentence, now)


def publish_due() -> Iterator[tuple[Revision, str]]:
    """Publish what waits for a time that has come, each in a transaction of its own; yield (revision, why not) one by one.

    Whatever is interrupted is taken up by the next call, and two calls at once publish nothing twice. What cannot be published
    keeps its place and says why; the next call tries again.
    """
    due = Revision.objects.filter(state=Revision.State.APPROVED, publish_at__lte=timezone.now()).order_by("publish_at", "pk")
    for revision in due.select_related("article"):
        try:
            with transaction.atomic():
                lock(revision.article)
                revision.refresh_from_db()
                if not revision.is_late:
                    continue  # somebody else was faster, or it waits no more
                _give_to_readers(revision, by=None)
        except (Revision.DoesNotExist, Article.DoesNotExist):
            continue
        except ValidationError as error:
            _hold(revision, " ".join(error.messages))
        except DatabaseError:
            raise  # what is wrong is not this revision's
        except Exception as error:  # one that breaks keeps no other from its readers
            _hold(revision, f"The site made an error ({type(error).__name__}). Tell whoever runs it.")
        yield revision, revision.held_because


def _hold(revision: Revision, reason: str) -> None:
    """Keep `revision` in its place and say why it was not published: in the audit where the reason is another one."""
    with transaction.atomic():
        lock(revision.article)
        revision.refresh_from_db()
        if revision.is_late and revision.held_because != reason:
            revision.held_because = reason
            revision.save(update_fields=["held_because"])
            note(AuditEntry.Act.HELD, revision)


def withdraw(revision: Revision, reason: str, by=None) -> Change:
    """Take the published `revision` from readers, who see `reason` in its place. One person is enough: it must be quick.

    Raises Refused without the right to withdraw, ValidationError without a reason or where it is not published.
    """
    require(by, "conditions.withdraw_revision", revision)
    if not reason.strip():
        raise ValidationError("Give the reason: readers see it in the article's place.")
    with transaction.atomic():
        lock(revision.article)
        revision.refresh_from_db()
        if revision.state != Revision.State.PUBLISHED:
            raise ValidationError("Only a published revision can be withdrawn.")
        if faults := gate_faults([html.escape(reason)], gated_bodies(revision)):
            raise ValidationError(faults)
        revision.state, revision.withdrawn_at, revision.withdrawal_reason = Revision.State.WITHDRAWN, timezone.now(), reason.strip()
        revision.save(update_fields=["state", "withdrawn_at", "withdrawal_reason"])
        note(AuditEntry.Act.WITHDRAWN, revision, by)
        revision.preview_links.open().update(revoked_at=revision.withdrawn_at)  # what is no good for readers is none for others
        for draft in revision.article.revisions.open().exclude(publish_at=None):
            take_off_the_schedule(draft, by, "the article was withdrawn")  # nobody has thought of that who gave it its time
        return record(revision, Change.Kind.WITHDRAWAL, revision.withdrawal_reason, revision.withdrawn_at)


def reasons_against_publishing(
    revision: Revision, coming: Iterable[tuple[str, str]] = (), found: Mapping[str, Findings] | None = None
) -> list[str]:
    """Return what keeps `revision` from readers, as sentences for its editor; empty where nothing does.

    `found` is what `check` says of its text, for those who have asked already.
    """
    sections = {section.kind: section for section in revision.sections.all()}
    gated = {text.section_id: text for text in GatedText.objects.for_revision(revision)}
    reasons = []
    if revision.approval != Revision.Approval.OPERATOR and (reason := missing_approval(revision)):
        reasons.append(reason)
    if not revision.title.strip() or not revision.summary.strip():
        reasons.append("Give the article a title and a summary.")
    if not revision.change_sentence.strip():
        reasons.append("Say in one sentence what changed: readers see it in the list of changes.")
    if not revision.article.attachments.filter(is_primary=True).exists():
        reasons.append("Attach the article to the classification: one of its codes is the primary one.")
    if Section.Kind.WHEN_TO_GET_HELP not in sections:
        reasons.append('Add a section "When to get help": no article goes out without it.')
    for section in sections.values():
        if not section.body:
            reasons.append(f"Write the {'teaser' if section.is_gated else 'text'} of the section “{section.heading}”.")
        if section.is_gated and not (section.pk in gated and gated[section.pk].body):
            reasons.append(f"Write the members' text of the section “{section.heading}”.")
        if not section.is_gated and section.pk in gated:
            reasons.append(f"The section “{section.heading}” is public but has members' text: choose one.")
    for picture in revision.pictures.all():
        if picture.section not in sections:
            section = picture.get_section_display()
            reasons.append(f"The picture “{picture.caption}” stands in a section that this revision does not have: {section}.")
        # Without the file nobody can compare the words that stand in it. Of an article file they were compared when it was read.
        if revision.origin == Revision.Origin.DESK and find_picture(picture.digest) is None:
            reasons.append(f"The file of the picture “{picture.caption}” is missing: upload it again.")
    bodies = [*(section.body for section in sections.values()), *(text.body for text in gated.values())]
    lost = articles_not_there(chain(bodies, revision.care_cards.values_list("body", flat=True)), coming)
    reasons += [
        f"Readers have no page at “{address}”, which this text links to: mend the link or take it away." for address in lost
    ]
    bodies = [text.body for text in gated.values()]
    if found is None:
        found = check(prose(revision), revision.article.language)
    reasons += too_hard(found, revision.hard_because)
    reasons += gate_faults(public_texts(revision), bodies)
    return reasons + glossary_faults(revision.article.language, bodies) + reviewer_faults(bodies)


def public_texts(revision: Revision) -> list[str]:
    """Return every text of `revision` and its article that a visitor can read, as HTML."""
    parts = [*revision.sections.values_list("heading", "body"), *revision.care_cards.values_list("heading", "body")]
    plain = [
        revision.title,
        revision.summary,
        revision.change_sentence,
        *(heading for heading, _ in parts),
        *chain.from_iterable(revision.references.values_list("title", "publisher")),
        *chain.from_iterable(revision.pictures.values_list(*Picture.PUBLIC_TEXTS)),
        *(picture.drawn_words for picture in revision.pictures.filter(format=Picture.Format.SVG)),
    ]
    # Between "<5" and ">7" of a plain text stand words, not a tag.
    return [*map(html.escape, plain), *(body for _, body in parts), *standing_texts(revision.article)]


def standing_texts(article: Article) -> list[str]:
    """Return what visitors read of `article` beside its revision, as HTML: its names, and what changed before."""
    names = Name.objects.of_article(article).values_list("text", flat=True)
    return [*map(html.escape, names), *map(html.escape, article.changes.values_list("sentence", flat=True))]


def gated_bodies(revision: Revision) -> list[str]:
    return list(GatedText.objects.for_revision(revision).values_list("body", flat=True))


def gate_faults(public: list[str], gated: list[str]) -> list[str]:
    """Return a sentence for each gated text of which a public one holds six words in a row."""
    found = [run for text in gated if (run := shared_run(public, text))]
    return [f"These words of the members' text stand in public text: “{run}”. Reword one of the two places." for run in found]


def glossary_faults(language: str, gated: list[str]) -> list[str]:
    """Return a sentence for each word of the glossary that has six words in a row of gated text: pages that have it show them."""
    found = shared_runs({term: term.public_text for term in GlossaryTerm.objects.shown(language)}, gated)
    return [
        f"These words of the members' text explain “{term}” in the glossary: “{run}”. Reword one of the two places."
        for term, run in found.items()
    ]


def reviewer_faults(gated: list[str]) -> list[str]:
    """Return a sentence for each reviewer whose public texts have six words in a row of gated text, of this article or not."""
    found = shared_runs({reviewer: reviewer.public_text for reviewer in Reviewer.objects.all()}, gated)
    return [
        f"These words of the members' text stand on the page about the reviewer {reviewer}: “{run}”. Reword one of the two places."
        for reviewer, run in found.items()
    ]


def articles_not_there(bodies: Iterable[str], coming: Iterable[tuple[str, str]] = ()) -> list[str]:
    """Return the addresses of articles that `bodies` link to and where readers have no page, an old address of one neither.

    An address without a language is one in the site's own. `coming` are (language, slug) of articles about to be published. A
    withdrawn article counts as there: its page says why it is not, and what is nearest.
    """
    linked: dict[tuple[str, str], str] = {}
    for address in chain.from_iterable(map(links, bodies)):
        found = ARTICLE_ADDRESS.fullmatch(address)
        if found and not re.fullmatch(LETTER_OF_AZ, found["slug"]):
            linked[found["language"] or settings.LANGUAGE_CODE, found["slug"]] = address
    wanted = linked.keys() - set(coming)
    if not wanted:
        return []
    slugs = Q(slug__in={slug for _, slug in wanted})
    there = {
        *Article.objects.filter(slugs, revisions__published_at__isnull=False).values_list("language", "slug"),
        *OldSlug.objects.filter(slugs).values_list("language", "slug"),
    }
    return [address for key, address in linked.items() if key in wanted - there]
