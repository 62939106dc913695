"""What two revisions of an article say, part by part, as far as a member of staff may know it; what differs is marked."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.html import format_html
from django.utils.safestring import SafeString

from conditions.comparing import compare, compare_plain
from conditions.models import Picture

from .parts import THUMBNAIL_WIDTH, gated_bodies

NOT_KEPT = "Not kept then."


@dataclass(frozen=True)
class Row:
    """One thing that two revisions say, as HTML with marks; empty where one of them says nothing."""

    label: str
    old: str
    new: str
    differs: bool | None  # None is not known

    @property
    def is_the_same_in_words(self):
        """Whether it differs in what no word shows: a break, a picture's file."""
        return self.differs and "<del>" not in self.old and "<ins>" not in self.new


@dataclass(frozen=True)
class Part:
    """What is folded together; `slug` is its place on the page."""

    slug: str
    title: str
    rows: list[Row]

    @property
    def differs(self):
        return any(row.differs for row in self.rows)

    @property
    def verdict(self):
        if self.differs:
            return "differs"
        return "the same" if all(row.differs is False for row in self.rows) else "not known"


def side_by_side(old, new, reader) -> list[Part]:
    """Return every part of two revisions of an article, in the order of `new`; `reader` has to see both."""
    told = plain("What readers are told", old.change_sentence, new.change_sentence)
    kind = plain("Kind of change", old.get_change_kind_display(), new.get_change_kind_display())
    sample = plain("Sample content", "Yes" if old.is_sample else "No", "Yes" if new.is_sample else "No")
    return [
        Part("title", "Title", [plain("Title", old.title, new.title)]),
        Part("summary", "Summary", [plain("Summary", old.summary, new.summary)]),
        Part("what-changed", "What changed", [told, kind]),
        *sections(old, new, reader),
        Part("care-cards", "Care cards", rows("Card", paired(old.care_cards, new.care_cards, "urgency", "heading"), card_html)),
        Part("references", "References", rows("Reference", paired(old.references, new.references, "url"), reference_html)),
        Part("pictures", "Pictures", rows("Picture", paired(old.pictures, new.pictures, "digest"), picture_html)),
        Part("related", "Related articles", [listed("Related articles", related(old), related(new))]),
        Part("names", "Names", [names(old, new)]),
        Part("about", "About the text", [sample, plain("Why it is hard to read", old.hard_because, new.hard_because)]),
    ]


# --- Sections ---------------------------------------------------------------------------------------------------------------


def sections(old, new, reader) -> list[Part]:
    """Return a part for each section; those that the newer revision has no more come last.

    Who sees no drafts is not told of members' text, nor that it differs: the admin has the stricter rule.
    """
    bodies = gated_bodies(reader, old) | gated_bodies(reader, new) if reader.has_perm("conditions.view_draft") else {}
    pairs = paired(old.sections, new.sections, "kind", by_place=False)
    return [*(section(*pair, bodies) for pair in pairs), *(Part("order", "Order of the sections", [row]) for row in moved(pairs))]


def section(old, new, bodies) -> Part:
    there = [each for each in (new, old) if each]
    found = [
        plain("Heading", *(each.heading if each else "" for each in (old, new))),
        plain("For whom", *(each.get_audience_display() if each else "" for each in (old, new))),
        marked_up("Teaser" if there[0].is_gated else "Text for everybody", *(each.body if each else "" for each in (old, new))),
    ]
    if any(each.pk in bodies for each in there):
        found.append(marked_up("Members' text", *(bodies.get(each.pk, "") if each else "" for each in (old, new))))
    return Part(f"section-{there[0].kind}", there[0].get_kind_display(), found)


# --- The other parts, each as HTML ------------------------------------------------------------------------------------------


def card_html(card) -> str:
    return paragraphs(card.get_urgency_display(), card.heading) + card.body


def reference_html(reference) -> str:
    read_on = f"Read on {reference.read_on}" if reference.read_on else ""
    return paragraphs(reference.title, reference.publisher, reference.url, read_on)


def picture_html(picture) -> str:
    named = [(Picture._meta.get_field(field).verbose_name.capitalize(), getattr(picture, field)) for field in Picture.PUBLIC_TEXTS]
    # Last, since no word is compared in it.
    file = format_html('<p><img src="{}" alt="" width="{}"></p>', picture.fallback_url, THUMBNAIL_WIDTH)
    words = [("Section", picture.get_section_display()), *named]
    return paragraphs(*(f"{label}: {text}" for label, text in words if text)) + file


def related(revision) -> list[str]:
    return [str(related) for related in revision.related.select_related("article")]


def names(old, new) -> Row:
    """Return the row of the names that readers saw with each, of a draft those of today.

    Before they were kept nothing is known of them, so that they count neither as different nor as the same.
    """
    then = [each.names_then if not each.is_open else shown_names(each.article) for each in (old, new)]
    if None not in then:
        return listed("Names", *then)
    return Row("Names", *(NOT_KEPT if found is None else SafeString(as_list(found)) for found in then), differs=None)


def shown_names(article) -> list[str]:
    return list(article.names.filter(is_shown=True).values_list("text", flat=True))


# --- How they are held against each other -----------------------------------------------------------------------------------


def paired(old, new, *fields: str, by_place=True) -> list[tuple]:
    """Return (old, new) of parts of the same kind, in the order of `new` and then what is left of `old`; None has no other.

    Those belong together that have the same `fields`; of the others, where `by_place`, the first and the first, and so on.
    """

    def key(part):
        return [getattr(part, field) for field in fields]

    left, new = list(old.all()), list(new.all())
    found = []
    for part in new:
        match = next((other for other in left if key(other) == key(part)), None)
        found.append(match)
        if match:
            left.remove(match)
    found = [match or (left.pop(0) if by_place and left else None) for match in found]
    return [*zip(found, new, strict=True), *((part, None) for part in left)]


def rows(label, pairs, as_html) -> list[Row]:
    found = [
        marked_up(f"{label} {place}", *(as_html(part) if part else "" for part in pair))
        for place, pair in enumerate(pairs, start=1)
    ]
    return found + moved(pairs)


def moved(pairs) -> list[Row]:
    """Return a row that tells the order of what both have, where it is another one; otherwise none."""
    both = [pair for pair in pairs if None not in pair]
    before = sorted(both, key=lambda pair: (pair[0].position, pair[0].pk))
    if before == both:
        return []
    # By their names of now on both sides, so that nothing but the order is told here.
    return [replace(listed("Order", *([name(new) for _, new in pairs] for pairs in (before, both)), "ol"), differs=True)]


def name(part) -> str:
    """Return what tells a part from the others of its kind."""
    words = getattr(part, "heading", "") or getattr(part, "caption", "")
    return f"{part}: {words}" if words else str(part)


def plain(label, old, new) -> Row:
    return Row(label, *map(SafeString, compare_plain(old, new)), differs=old != new)


def marked_up(label, old, new) -> Row:
    # Bodies are sanitised on their way into the database; the rest is escaped here.
    return Row(label, *map(SafeString, compare(old, new)), differs=old != new)


def listed(label, old, new, tag="ul") -> Row:
    return marked_up(label, as_list(old, tag), as_list(new, tag))


def as_list(items: Iterable[str], tag="ul") -> str:
    entries = "".join(f"<li>{html.escape(item, quote=False)}</li>" for item in items)
    return entries and f"<{tag}>{entries}</{tag}>"


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in texts if text)
