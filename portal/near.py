"""What a reader may have meant by an address that leads nowhere: published names like its words, and the nearest code.

It reads public text alone and is the same for everybody. Anybody may ask for any address, so the work is bounded: a long address
is not looked at, names are read once a minute, and difflib compares only those that share the most runs of three characters.
"""

import heapq
import re
import time
import unicodedata
from collections import Counter, defaultdict
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from conditions.codes import CATEGORY_LENGTH, MAX_LENGTH, dotted, undotted
from conditions.models import Article, Item, Name, Revision
from conditions.pages.az import fold
from conditions.serving import serving_revision

LONGEST_PATH = 200  # characters
LONGEST_PHRASE = 40  # characters of its words that are compared
MOST_NAMES = 25_000  # titles and names of each language that are looked at
MOST_COMPARED = 60  # of them, by difflib
MOST_WORDS = 3  # that are looked for by themselves, the longest first
MOST = 5  # names that are offered
PHRASE_CUTOFF, WORD_CUTOFF = 0.6, 0.8  # a single word says less than all of them, so it has to be nearer
SHORTEST_WORD = 4  # characters


class Names(NamedTuple):
    # Both by the folded name, in which accents and capitals make no difference.
    articles: dict[str, list[tuple[str, str, str]]]  # its (name, title, slug)
    by_run: dict[str, list[str]]  # the folded names that hold a run of three characters


def words_of(path: str) -> str:
    """Return the words of the last part of an address (`/conditions/astma-in-children/` → "astma in children"), or ""."""
    if len(path) > LONGEST_PATH:
        return ""
    part = re.sub(r"\.html?$|%[0-9A-F]{2}", " ", last_part(path))
    return " ".join("".join(character if is_kept(character) else " " for character in part).split())


def last_part(path):
    parts = [part for part in path.split("/") if part and part != "changes"]
    return unicodedata.normalize("NFC", parts[-1]) if parts else ""


def is_kept(character):
    """Say whether it belongs to a word: letters, digits, the marks above and below them, apostrophes, the dot of a code."""
    return character.isalnum() or character in ".'’" or unicodedata.category(character).startswith("M")


def nearest_item(words: str) -> Item | None:
    """Return the item of the longest beginning of a code that the classification has, or None. One query at most."""
    bare = re.match(r"[A-Z0-9]*", undotted(words.upper()))[0][:MAX_LENGTH]
    beginnings = [dotted(bare[:length]) for length in range(CATEGORY_LENGTH, len(bare) + 1)]
    found = Item.objects.filter(code__in=beginnings, is_block=False) if beginnings else []
    return max(found, key=lambda item: len(item.code), default=None)


def near_names(words: str, language: str = settings.LANGUAGE_CODE) -> list[tuple[str, str, str]]:
    """Return (name, title, address) of up to five published articles, the one that is most like the words first.

    All the words are looked for together, then the longest of them alone. Two queries at most.
    """
    phrase = fold(words)[:LONGEST_PHRASE]
    if not phrase or "." in phrase:  # a file, such as those that robots try
        return []
    names = public_names(language, int(time.time() // 60))
    alone = sorted({word for word in phrase.split() if len(word) >= SHORTEST_WORD} - {phrase}, key=lambda word: (-len(word), word))
    found: dict[str, tuple[str, str]] = {}
    for text, cutoff in [(phrase, PHRASE_CUTOFF), *((word, WORD_CUTOFF) for word in alone[:MOST_WORDS])]:
        for close in get_close_matches(text, likely(text, names.by_run), MOST, cutoff):
            for name, title, slug in names.articles[close]:
                found.setdefault(slug, (name, title))
    return [(*told, Article(slug=slug, language=language).get_absolute_url()) for slug, told in list(found.items())[:MOST]]


@lru_cache(maxsize=len(settings.LANGUAGES))
def public_names(language: str, minute: int) -> Names:
    """Return the titles and shown names of published articles. The minute is there to forget them, as a shared cache does."""
    published = Revision.objects.published().filter(article__language=language)
    rows = published.order_by("pk").values_list("article", "title", "article__slug")[:MOST_NAMES]
    titles = {article: (title, slug) for article, title, slug in rows}
    shown = Name.objects.filter(article__in=published.values("article"), is_shown=True, language=language)
    entries = [(title, title, slug) for title, slug in titles.values()]
    for article, name in shown.order_by("pk").values_list("article", "text")[: MOST_NAMES - len(entries)]:
        entries += [(name, *titles[article])] if article in titles else []
    articles: dict[str, list[tuple[str, str, str]]] = {}
    for entry in entries:
        articles.setdefault(entry[0].lower() if entry[0].isascii() else fold(entry[0]), []).append(entry)
    by_run: dict[str, list[str]] = defaultdict(list)
    for folded in articles:
        for run in runs(folded):
            by_run[run].append(folded)
    return Names(articles, by_run)


def likely(text: str, by_run: dict[str, list[str]]) -> list[str]:
    """Return the names that share the most runs with `text`, for their length."""
    shared: Counter[str] = Counter()
    for run in runs(text):
        shared.update(by_run.get(run, ()))
    return heapq.nlargest(MOST_COMPARED, shared, key=lambda name: shared[name] / (len(text) + len(name)))


def runs(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def suggestions(path: str) -> dict[str, object]:
    """Return what a 404 page offers in the place of `path`: words for the search field, names, an item and its article.

    Three queries at most.
    """
    words = words_of(path)
    parts = path.split("/")
    language = parts[1] if parts[1:2] and parts[1] in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    item = nearest_item(words) if parts[1:2] == ["icd-10-cm"] else None
    if item:
        return {"words": words, "item": item, "served_by": serving_revision(item.path)}
    return {"words": words, "names": near_names(words, language)}
