"""What a reader may have meant by an address that leads nowhere: published names like its words, and the nearest code.

It reads public text alone and is the same for everybody.
"""

import re
import unicodedata

from django.conf import settings

from conditions.finding import suggesting
from conditions.finding.codes import nearest_item
from conditions.finding.opening import IndexUnusable
from conditions.finding.query import ask
from conditions.serving import serving_revision

LONGEST_PATH = 200  # characters


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


def near_names(words: str, language: str = settings.LANGUAGE_CODE) -> list[dict[str, str]]:
    """Return up to five names in `language` that are like the words, as {"name", "note", "url"}; two queries at most."""
    if not words or "." in words:  # a file, such as those that robots try
        return []
    try:
        return ask(lambda index: suggesting.near_names(index, words, language))
    except IndexUnusable:
        return []


def suggestions(path: str) -> dict[str, object]:
    """Return what a 404 page offers in the place of `path`: words for the search field, names, an item and its article.

    Three queries at most.
    """
    words = words_of(path)
    first = path.split("/")[1:2]
    language = first[0] if first and first[0] in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    item = nearest_item(words) if first == ["icd-10-cm"] else None
    if item:
        return {"words": words, "item": item, "served_by": serving_revision(item.path)}
    return {"words": words, "names": near_names(words, language)}
