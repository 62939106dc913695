"""What a list of results shows, read from the database: what is no longer published is left out, whatever the index says."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from conditions.finding.query import Result, group_of
from conditions.finding.schema import stem, words_in
from conditions.finding.words import Question
from conditions.models import Item, Note, Revision, Section
from conditions.models.classification import ancestor_paths
from conditions.text import plain

MOST_MEMBERS = 6  # codes that are named under a result
SNIPPET = 220  # characters
FIRST_SENTENCES = 200  # of an article that are looked at


@dataclass
class Line:
    """A result as the page shows it. `place` are the items on the way down to it; `members` the codes folded into it."""

    revision: Revision | None
    item: Item | None
    name: str = ""
    place: list[Item] = field(default_factory=list)
    members: list[Item] = field(default_factory=list)
    more_members: int = 0  # that are not named
    family: Item | None = None  # the category that they stand below
    title: str = ""  # HTML, as `marked` makes it
    snippet: str = ""  # HTML too
    gated_kind: str = ""  # of the members' section that alone holds what was asked for

    @property
    def gated_section(self) -> str:
        return Section.Kind(self.gated_kind).label.lower() if self.gated_kind else ""

    @property
    def language(self) -> str:
        """The article's language where it is another one than the page's."""
        language = self.revision.article.language if self.revision else settings.LANGUAGE_CODE
        return "" if language == settings.LANGUAGE_CODE else language

    @property
    def member_count(self) -> int:
        return len(self.members) + self.more_members

    @property
    def url(self) -> str:
        if self.revision:
            return self.revision.article.get_absolute_url() + (f"#{self.gated_kind}" if self.gated_kind else "")
        return self.item.get_absolute_url()


def lines(results: list[Result], question: Question) -> list[Line]:
    """Return what to show of `results`: six queries at most, however many there are."""
    revisions = {
        revision.article_id: revision
        for revision in Revision.objects.published()
        .filter(article__in=[result.article for result in results if result.article])
        .select_related("article")
    }
    shown_members = {id(result): result.members[:MOST_MEMBERS] for result in results}
    pks = {result.item for result in results if result.item} | {pk for members in shown_members.values() for pk in members}
    items = {item.pk: item for item in Item.objects.filter(pk__in=pks)}
    paths = {result.path for result in results if result.article and not result.item}
    primary = {item.path: item for item in Item.objects.filter(path__in=paths)} if paths else {}
    found = []
    for result in results:
        revision, item = revisions.get(result.article), items.get(result.item) or primary.get(result.path)
        if result.article and not revision and not result.item:
            continue  # withdrawn a moment ago, and nothing but its own words led to it
        line = Line(revision, item, "" if result.is_hidden_name else result.name, gated_kind=result.gated_kind)
        # The item that stands for an article may be one of them.
        line.members = [items[pk] for pk in shown_members[id(result)] if pk in items and items[pk] != line.item]
        line.more_members = len(result.members) - len(shown_members[id(result)])
        found.append(line)
    add_places(found)
    add_snippets(found, question)
    return found


def add_places(found: list[Line]) -> None:
    """Give each line of an item the way down to it, from its chapter, and what its members stand below."""
    paths = {path for line in found if line.item for path in ancestor_paths(line.item.path)[:-1]}
    paths |= {group_of(line.members[0].path) for line in found if line.members}
    above = {item.path: item for item in Item.objects.filter(path__in=paths)} if paths else {}
    for line in found:
        if line.item:
            line.place = [above[path] for path in ancestor_paths(line.item.path)[:-1] if path in above]
        if line.members:
            line.family = above.get(group_of(line.members[0].path))


def add_snippets(found: list[Line], question: Question) -> None:
    """Give each line a public passage in which the words of the question are marked."""
    words = words_wanted(question)
    bodies: dict[int, list[str]] = defaultdict(list)
    revisions = [line.revision.pk for line in found if line.revision]
    for revision, body in Section.objects.filter(revision__in=revisions).order_by("position", "pk").values_list("revision", "body"):
        bodies[revision].append(body)  # of a members' section it is the teaser
    terms: dict[int, list[str]] = defaultdict(list)
    alone = [line.item.pk for line in found if not line.revision]
    for item, text in Note.objects.filter(kind=Note.Kind.INCLUSION_TERM, item__in=alone).values_list("item", "text"):
        terms[item].append(text)
    for line in found:
        title = line.revision.title if line.revision else line.item.title
        line.title = marked(title, words)
        if line.revision:
            line.snippet = marked(passage([line.revision.summary, *map(plain, bodies[line.revision.pk])], words), words)
        elif terms[line.item.pk]:
            line.snippet = marked(shortened("Includes: " + "; ".join(terms[line.item.pk]), words), words)


def words_wanted(question: Question) -> set[str]:
    """Return the stems of what the question asks for, which are marked."""
    found = {each for slot in question.slots for stems in slot.alternatives for each in stems}
    return found or {stem(word) for word in question.words}


def passage(texts: list[str], wanted: set[str]) -> str:
    """Return the sentence of `texts` that holds most of the words; the first one, the summary's, where none holds more."""
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.!?…])\s+", text)][:FIRST_SENTENCES]
    if not sentences:
        return ""
    best = max(sentences, key=lambda sentence: len({stem(word) for word in words_in(sentence)} & wanted))
    return shortened(texts[0] if best == sentences[0] else best, wanted)


def shortened(text: str, wanted: set[str]) -> str:
    """Return at most SNIPPET characters of `text` around the first of the words, cut between words."""
    if len(text) <= SNIPPET:
        return text
    first = next((found.start() for found in re.finditer(r"[^\W_]+", text) if is_wanted(found[0], wanted)), 0)
    start = max(min(first - SNIPPET // 4, len(text) - SNIPPET), 0)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = len(text)
    if start + SNIPPET < end:
        end = max(text.rfind(" ", start, start + SNIPPET), start) or start + SNIPPET
    return f"{'… ' if start else ''}{text[start:end].rstrip(' ,;:')}{' …' if end < len(text) else ''}"


def marked(text: str, wanted: set[str]) -> SafeString:
    """Return `text` as HTML in which the words stand in <mark>."""
    parts, end = [], 0
    for found in re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", text):
        if is_wanted(found[0], wanted):
            parts += [escape(text[end : found.start()]), f"<mark>{escape(found[0])}</mark>"]
            end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - every part is escaped


def is_wanted(word: str, wanted: set[str]) -> bool:
    return any(stem(part) in wanted for part in words_in(word))
