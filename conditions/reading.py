"""How hard a text is to read: the Flesch-Kincaid grade, for English. No models."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyphen

from conditions.text import plain

HEADING = re.compile(r"<(h[34])\b[^>]*>.*?</\1>", re.DOTALL)
BLOCK_ENDS = re.compile(r"</(?:p|li|td|th|blockquote)>|<(?:ul|ol|br)\b[^>]*>")
# What follows begins with a capital or a number; a letter of a script without capitals counts as one.
SENTENCE_ENDS = re.compile(r"(?:(?<=[.!?؟])|(?<=[.!?][”’\")]))\s+(?=[“‘\"(¿¡«]?[^\W_a-zß-öø-ÿ])")
WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*")
VOWELS = re.compile(r"(?<![cgst])i(?=[ao])|[aeiouy]+")  # an-ae-mi-a, but na-tion
SILENT = re.compile(r"(?<=[gq])ue$|(?<=[^l])e$|(?<=[^aeiouydt])ed$|(?<=[^aeiouscxzg])es$")
_hyphens = pyphen.Pyphen(lang="en_US")


@dataclass(frozen=True)
class Reading:
    """What was counted in a text."""

    sentences: int
    words: int
    syllables: int

    @property
    def words_a_sentence(self) -> float:
        return self.words / max(self.sentences, 1)

    @property
    def grade(self) -> float:
        """The years of a US school that the text asks for (Kincaid and others, 1975); about 5 to 6 is read by most adults."""
        return 0.39 * self.words_a_sentence + 11.8 * self.syllables / max(self.words, 1) - 15.59


def read(markups: Iterable[str]) -> Reading:
    """Return the counts over the sentences of all `markups`, which are HTML."""
    found = [sentence for markup in markups for sentence in sentences(markup)]
    words = [word for sentence in found for word in WORD.findall(sentence)]
    return Reading(len(found), len(words), sum(map(syllables, words)))


def sentences(markup: str) -> list[str]:
    """Return the sentences of `markup` as plain text. Every paragraph, item and cell ends one; headings are none."""
    return [sentence for block in blocks(markup) for sentence in block]


def blocks(markup: str) -> list[list[str]]:
    """Return the sentences of every paragraph, item and cell of `markup`; none is empty."""
    texts = map(plain, BLOCK_ENDS.split(HEADING.sub("<br>", markup)))
    found = [[sentence for sentence in SENTENCE_ENDS.split(text) if WORD.search(sentence)] for text in texts]
    return [block for block in found if block]


@cache
def syllables(word: str) -> int:
    """Return how many syllables `word` is spoken with, to the nearest that can be told from its letters; a number counts as one.

    Hyphenation never parts a lone letter from its word (idea, area), so that it counts too few; groups of vowels correct that.
    """
    if word.isupper() and 1 < len(word) <= 5:
        return len(word)  # spelt out, as in ECG
    letters = re.sub(r"[^a-z]", "", word.lower())
    return max(len(_hyphens.positions(letters)) + 1, len(VOWELS.findall(SILENT.sub("", letters))), 1)
