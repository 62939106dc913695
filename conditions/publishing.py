"""What happens to a revision: drafted, published, withdrawn. The only writer of states."""

import html
import re
from collections.abc import Iterable
from itertools import chain

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from conditions.changes import lock_counter, record
from conditions.models import Article, Change, GatedText, GlossaryTerm, Name, OldSlug, Picture, Revision, Section
from conditions.models.articles import LETTER_OF_AZ
from conditions.overlap import shared_run, shared_runs
from conditions.pictures import find_picture
from conditions.text import links

ARTICLE_ADDRESS = re.compile(r"/(?:(?P<language>[a-z-]+)/)?conditions/(?P<slug>[^/?#]+)/?(?:[?#].*)?")


def start_draft(article: Article, by=None) -> Revision:
    """Return a new draft of `article`: a copy of its newest revision, or an empty one. `by` is None for a command.

    Raises PermissionDenied without the right to change revisions, ValidationError where a draft is open already.
    """
    require(by, "conditions.change_revision")
    with transaction.atomic():
        lock(article)
        if article.revisions.open().exists():
            raise ValidationError("This article has an open draft already.", code="draft-open")
        latest = article.revisions.order_by("-number").first()
        draft = Revision(article=article, number=next_number(article), created_by=by, title=latest.title if latest else "")
        if latest:
            draft.summary, draft.is_sample = latest.summary, latest.is_sample
        draft.save()
        if latest:
            copy_parts(latest, draft)
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


def publish(revision: Revision, by=None, coming: Iterable[tuple[str, str]] = ()) -> Change:
    """Give `revision` to readers in the place of the one before it, and return its entry in the log. `by` is None for a command.

    It may link to the articles at `coming`, (language, slug), which are published with it.

    Raises PermissionDenied without the right to publish, ValidationError with every reason why readers may not have it yet.
    """
    require(by, "conditions.publish_revision")
    with transaction.atomic():
        article = lock(revision.article)
        revision.refresh_from_db()
        if not revision.is_open:
            raise ValidationError(f"Only a draft can be published; this revision is {revision.get_state_display().lower()}.")
        lock_counter()  # nobody explains a word meanwhile: see GlossaryTermAdmin
        if reasons := reasons_against_publishing(revision, coming):
            raise ValidationError(reasons)
        now = timezone.now()
        article.revisions.published().update(state=Revision.State.SUPERSEDED)
        revision.state, revision.published_at, revision.published_by = Revision.State.PUBLISHED, now, by
        revision.save(update_fields=["state", "published_at", "published_by"])
        return record(revision, revision.change_kind, revision.change_sentence, now)


def withdraw(revision: Revision, reason: str, by=None) -> Change:
    """Take the published `revision` from readers, who see `reason` in its place. One person is enough: it must be quick.

    Raises PermissionDenied without the right to withdraw, ValidationError without a reason or where it is not published.
    """
    require(by, "conditions.withdraw_revision")
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
        return record(revision, Change.Kind.WITHDRAWAL, revision.withdrawal_reason, revision.withdrawn_at)


def reasons_against_publishing(revision: Revision, coming: Iterable[tuple[str, str]] = ()) -> list[str]:
    """Return what keeps `revision` from readers, as sentences for its editor; empty where nothing does."""
    sections = {section.kind: section for section in revision.sections.all()}
    gated = {text.section_id: text for text in GatedText.objects.for_revision(revision)}
    reasons = []
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
    return reasons + gate_faults(public_texts(revision), bodies) + glossary_faults(revision.article.language, bodies)


def public_texts(revision: Revision) -> list[str]:
    """Return every text of `revision` and its article that a visitor can read, as HTML."""
    plain = [
        revision.title,
        revision.summary,
        revision.change_sentence,
        *revision.sections.values_list("heading", flat=True),
        *revision.care_cards.values_list("heading", flat=True),
        *revision.references.values_list("title", flat=True),
        *revision.references.values_list("publisher", flat=True),
        *chain.from_iterable(revision.pictures.values_list(*Picture.PUBLIC_TEXTS)),
        *(picture.drawn_words for picture in revision.pictures.filter(format=Picture.Format.SVG)),
    ]
    marked_up = [*revision.sections.values_list("body", flat=True), *revision.care_cards.values_list("body", flat=True)]
    # Between "<5" and ">7" of a plain text stand words, not a tag.
    return [*map(html.escape, plain), *marked_up, *standing_texts(revision.article)]


def standing_texts(article: Article) -> list[str]:
    """Return what visitors read of `article` beside its revision, as HTML: its names, and what changed before."""
    names = Name.objects.of_article(article).values_list("text", flat=True)
    return [*map(html.escape, names), *map(html.escape, article.changes.values_list("sentence", flat=True))]


def gated_bodies(revision: Revision) -> list[str]:
    return list(GatedText.objects.for_revision(revision).values_list("body", flat=True))


def gate_faults(public: list[str], gated: list[str]) -> list[str]:
    """Return a sentence for each gated text of which a public one holds six words in a row."""
    found = [run for text in gated if (run := shared_run(public, text))]
    return [f"These words of the members' text stand in public text: “{run}”. Say one of them in other words." for run in found]


def glossary_faults(language: str, gated: list[str]) -> list[str]:
    """Return a sentence for each word of the glossary that has six words in a row of gated text: pages that have it show them."""
    found = shared_runs({term: term.public_text for term in GlossaryTerm.objects.shown(language)}, gated)
    return [
        f"These words of the members' text explain “{term}” in the glossary: “{run}”. Say it in other words."
        for term, run in found.items()
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


def next_number(article: Article) -> int:
    return (article.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def lock(article: Article) -> Article:
    """Return `article`, its row locked until the end of the transaction, so that two editors act one after the other."""
    return Article.objects.select_for_update().get(pk=article.pk)


def require(user, permission: str) -> None:
    """Raise PermissionDenied where `user` has not `permission`; None is a command on the machine, which may."""
    if user is not None and not user.has_perm(permission):
        raise PermissionDenied
