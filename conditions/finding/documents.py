"""What the index holds of the database: the documents of each article and of each family of codes.

A *family* is an item with what stands below it and says nothing new: right, left and unspecified, and the seventh characters.
It is one target, so that a reader who looks for a painful shoulder finds it once and not three times.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings
from tantivy import Document

from conditions.codes import MAX_LENGTH, undotted
from conditions.finding.schema import NAME, PAGE, PLACE, possessives_in, prepare, stem, words_in
from conditions.finding.words import SIDES, whole
from conditions.lay_words import CHAPTERS
from conditions.models import Article, CareCard, GatedText, Item, Name, Note, Revision, Section
from conditions.models.classification import PATH_STEP, ancestor_paths
from conditions.text import plain

BATCH = 500  # articles read at a time
SIDE_WORDS = frozenset(SIDES.values())

TITLE, SHOWN, TERM, HIDDEN, OFFICIAL = "title", "name", "term", "hidden", "index"  # where a name is from


@dataclass(frozen=True)
class TargetName:
    """A name of a target: the pk of the item that bears it (0 of an article's own), and where it is from."""

    text: str
    origin: str
    item: int = 0


@dataclass
class Target:
    """An article or a family, as the index holds it. `told` is what a result needs of it, the same on its page and its names."""

    key: str
    told: dict
    chapter: int
    language: str = settings.LANGUAGE_CODE
    names: list[TargetName] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    attached: list[int] = field(default_factory=list)  # pks of the items that an article serves, and all below them
    text: str = ""
    gated: str = ""

    @cached_property
    def digest(self) -> str:
        names = [(name.text, name.origin, name.item) for name in self.names]
        content = repr((self.key, self.told, self.chapter, self.language, self.codes, self.attached, self.text, self.gated, names))
        return hashlib.sha256(content.encode()).hexdigest()

    def documents(self) -> Iterator[Document]:
        names = list(dict.fromkeys(name.text for name in self.names))
        page = Document()
        page.add_text("kind", PAGE)
        page.add_text("key", self.key)
        page.add_text("told", json.dumps(self.told))
        page.add_text("digest", self.digest)
        page.add_integer("chapter", self.chapter)
        page.add_text("language", self.language)
        for code in self.codes:
            page.add_text("code", undotted(code).lower())
        text = " \n ".join([*names, self.text])
        page.add_text("text", prepare(text))
        page.add_text("word", prepare(text))
        for possessive in possessives_in(text):
            page.add_text("word", possessive)
        if self.gated:
            page.add_text("gated", prepare(self.gated))
        yield page
        for item in self.attached:
            place = Document()
            place.add_text("kind", PLACE)
            place.add_text("key", self.key)
            place.add_integer("item", item)
            place.add_integer("article", self.told["a"])
            yield place
        seen: set[tuple[str, ...]] = set()
        for name in self.names:
            words = words_in(name.text)
            stems = tuple(stem(word) for word in words)
            if not words or stems in seen:
                continue
            seen.add(stems)
            told = {"n": name.text, "o": name.origin, "m": name.item, "s": stems, "w": whole(words)}
            document = Document()
            document.add_text("kind", NAME)
            document.add_text("key", self.key)
            document.add_text("told", json.dumps(self.told | told))
            document.add_integer("chapter", self.chapter)
            document.add_text("language", self.language)
            document.add_text("name", " ".join(words))
            document.add_text("whole", told["w"])
            yield document


# --- Families ---------------------------------------------------------------------------------------------------------------


@dataclass
class Family:
    head: Item
    members: list[Item]  # the head among them, in the order of the classification
    way: list[int]  # pks from the block down to the head


def families(items: Iterable[Item]) -> Iterator[Family]:
    """Yield the families of `items`, which stand in the order of the classification with everything below each of them."""
    heads: dict[int, Family] = {}
    by_pk: dict[int, Item] = {}
    ways: dict[int, list[int]] = {}
    blocks: dict[str, Item] = {}
    for item in items:
        ways[item.pk] = [*ways.get(item.parent_id, []), item.pk] if item.level > Item.Level.CHAPTER else []
        if item.is_block and "-" not in item.code:
            blocks[item.code] = item  # of one category, which bears its name: they are one family
            continue
        by_pk[item.pk] = item
        above = heads.get(item.parent_id)
        if above and says_nothing_new(item, by_pk[item.parent_id]):
            above.members.append(item)
            heads[item.pk] = above
        else:
            block = [blocks[item.code]] if item.code in blocks else []
            heads[item.pk] = Family(item, [item, *block], ways[item.pk])
    yield from {family.head.pk: family for family in heads.values()}.values()


def says_nothing_new(item: Item, parent: Item) -> bool:
    """Say whether `item` adds to its parent no more than a side, “unspecified”, or a seventh character."""
    if parent.level < Item.Level.CATEGORY:
        return False
    if len(undotted(item.code)) == MAX_LENGTH:
        return True
    own, above = words_in(item.title), words_in(parent.title)
    added, missing = set(own) - set(above), set(above) - set(own)
    return missing <= SIDE_WORDS | {"and", "of"} and (not added or (bool(added & SIDE_WORDS) and len(added - SIDE_WORDS) <= 1))


def family_targets(items: Iterable[Item]) -> Iterator[Target]:
    """Yield a target for each family of `items` (as `families` takes them), its terms and names read in batches."""
    batch: list[Family] = []
    titles: dict[str, str] = {}  # of the categories and blocks on the way
    for family in families(items):
        titles[family.head.path] = family.head.title
        batch.append(family)
        if len(batch) == BATCH * 4:
            yield from with_names(batch, titles)
            batch = []
    yield from with_names(batch, titles)


def with_names(batch: list[Family], titles: dict[str, str]) -> Iterator[Target]:
    pks = [item.pk for family in batch for item in family.members]
    terms, names = defaultdict(list), defaultdict(list)
    for chunk in (pks[start : start + BATCH * 4] for start in range(0, len(pks), BATCH * 4)):
        of_kind = Note.objects.filter(kind=Note.Kind.INCLUSION_TERM, item__in=chunk).order_by("item", "position")
        for item, text in of_kind.values_list("item", "text"):
            terms[item].append(text)
        given = Name.objects.filter(item__in=chunk, language=settings.LANGUAGE_CODE).order_by("item", "pk")
        for item, text, is_shown, origin in given.values_list("item", "text", "is_shown", "origin"):
            names[item].append((text, origin_of(is_shown, origin)))
    for family in batch:
        yield family_target(family, terms, names, titles)


def origin_of(is_shown: bool, origin: str) -> str:
    if origin == Name.Origin.INDEX:
        return OFFICIAL
    return SHOWN if is_shown else HIDDEN


def family_target(family: Family, terms: dict, names: dict, titles: dict[str, str]) -> Target:
    head = family.head
    told = {"i": head.pk, "c": head.code, "t": head.title, "p": head.path, "l": head.level, "u": family.way}
    target = Target(f"i{head.pk}", told, int(head.path[:PATH_STEP]))
    target.names = [TargetName(text, TITLE, head.pk) for text in wordings(head.title)]
    if head.level == Item.Level.CHAPTER and head.code in CHAPTERS:
        target.names.append(TargetName(CHAPTERS[head.code][0], SHOWN, head.pk))
    for item in family.members:
        if len(undotted(item.code)) < MAX_LENGTH and item is not head and not item.is_block:
            # Its words are the head's, but for a side: it is there to be preferred where a reader names one.
            target.names.append(TargetName(item.title, TITLE, item.pk))
        target.names += [TargetName(text, origin, item.pk) for text, origin in names.get(item.pk, ())]
        target.names += [TargetName(text, TERM, item.pk) for term in terms.get(item.pk, ()) for text in wordings(term)]
    target.codes = [item.code for item in family.members] if head.level > Item.Level.CHAPTER else []
    above = ancestor_paths(head.path)[2:-1]  # from the category down
    target.text = " \n ".join(titles[path] for path in above if path in titles)
    return target


def wordings(title: str) -> Iterator[str]:
    """Yield a title, what it is without what stands in brackets, and what stands there at its end: “… [common cold]” is a name."""
    yield title
    without = " ".join(re.sub(r"\[[^\]]*\]|\([^)]*\)", " ", title).split())
    if without and without != title:
        yield without
    yield from re.findall(r"\[([^\]]{4,})\]$", title)


# --- Articles ---------------------------------------------------------------------------------------------------------------


def article_targets(articles: Iterable[int] | None = None) -> Iterator[Target]:
    """Yield a target for each published article, or for those of the pks `articles` that are."""
    published = Revision.objects.published().order_by("article_id")
    pks = list((published if articles is None else published.filter(article__in=list(articles))).values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        batch = pks[start : start + BATCH]
        revisions = (
            Revision.objects.filter(pk__in=batch)
            .select_related("article")
            .prefetch_related("article__names", "article__attachments__item")
            .order_by("article_id")
        )
        texts, gated = defaultdict(list), defaultdict(list)
        for parts in (Section.objects, CareCard.objects):
            rows = parts.filter(revision__in=batch).order_by("revision", "position", "pk")
            for revision, heading, body in rows.values_list("revision", "heading", "body"):
                texts[revision] += [heading, plain(body)]
        rows = GatedText.objects.filter(section__revision__in=batch).order_by("section__position", "section")
        for revision, kind, body in rows.values_list("section__revision", "section__kind", "body"):
            gated[revision].append((kind, plain(body)))
        for revision in revisions:
            yield article_target(revision, texts[revision.pk], gated[revision.pk])


def article_target(revision: Revision, texts: list[str], gated: list[tuple[str, str]]) -> Target:
    """Return the target of a published article. `texts` are its public headings and bodies, without their tags.

    `gated` are the kinds of its members' sections, which are public, and their texts.
    """
    article: Article = revision.article
    attached = list(article.attachments.all())
    primary = next((each.item for each in attached if each.is_primary), attached[0].item if attached else None)
    told = {
        "a": article.pk,
        "t": revision.title,
        "p": primary.path if primary else "",
        "c": primary.code if primary else "",
        "k": gated[0][0] if gated else "",
    }
    target = Target(f"a{article.pk}", told, int(primary.path[:PATH_STEP]) if primary else 0, article.language)
    target.names = [TargetName(revision.title, TITLE)]
    target.names += [TargetName(name.text, SHOWN if name.is_shown else HIDDEN) for name in article.names.all()]
    if article.language == settings.LANGUAGE_CODE:
        target.attached = [each.item_id for each in attached]
    target.text = " \n ".join([revision.summary, *texts])
    target.gated = " \n ".join(text for _, text in gated)
    return target
