"""The words that there are: whether one is known, how else it is spelt, and what it may be a slip of. Public words alone."""

import math
import time
from collections import defaultdict
from functools import cached_property
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA
from tantivy import Query

from conditions.finding.opening import Guarded
from conditions.finding.schema import LONGEST_WORD, SCHEMA, stem
from conditions.finding.words import american

RARE = 30  # documents; a word of more is no slip
MANY = 2_000  # documents, among which some are there that were not deleted: the index is made anew before so many are
MOST_COMPLETIONS = 30  # words that a beginning may become
SHORTEST = 4  # letters of a word that may be a slip, or be meant by one
MOST_SLIPS = [(6, 1), (10, 2), (LONGEST_WORD + 1, 3)]  # a word of fewer letters may have so many wrong
FORGET_AFTER = 60.0  # seconds that the words of an index are remembered after it changed
MOST_NEAR = 4  # words that one may be a slip of
BESIDE = 0.15  # how much less likely than the best they may be


def words_of(memory: dict, number: int, searcher: Guarded) -> "Words":
    """Return the words of an index that holds the changes up to `number`; a process remembers them in `memory` for a minute."""
    words = memory.get("words")
    if not words or (words.number != number and time.monotonic() - words.made_at > FORGET_AFTER):
        words = memory["words"] = Words(number, searcher)
    words.searcher = searcher
    return words


class Words:
    """The public words of an index (a `words.Vocabulary`).

    The engine goes on counting words of documents that were deleted, until it merges them away. So does what a process remembers.
    Before a word is used it is therefore looked up in the documents there are: a word that moved behind the gate, or was withdrawn,
    is one that occurs nowhere.
    """

    def __init__(self, number: int, searcher: Guarded):
        self.counts = dict(searcher.terms_with_prefix("word", ""))
        self.made_at = time.monotonic()
        self.number = number
        self.searcher = searcher

    def knows(self, word: str) -> bool:
        return self._stands("text", stem(word))

    def lives(self, word: str) -> bool:
        return self._stands("word", word)

    def _stands(self, name: str, term: str) -> bool:
        """Say whether a document that there is holds `term`; where very many do, some of them are there."""
        count = self.searcher.doc_freq(name, term)
        return count > MANY or (count > 0 and bool(self.searcher.search(Query.term_query(SCHEMA, name, term), 1, count=False).hits))

    def alike(self, spelling: str) -> list[str]:
        return [word for word in self._alike.get(spelling, ()) if self.lives(word)]

    def completions(self, beginning: str) -> list[str]:
        """Return the commonest words that begin so."""
        return [word for word, _ in self.searcher.terms_with_prefix("word", beginning, limit=MOST_COMPLETIONS) if self.lives(word)]

    def is_rare(self, word: str) -> bool:
        return self.counts.get(word, 0) <= RARE

    def near(self, word: str) -> list[tuple[str, float]]:
        """Return up to four words by likeness: letters that changed, first letter, and how common each is."""
        if len(word) < SHORTEST or not word.isalpha():
            return []
        most = next(letters for length, letters in MOST_SLIPS if len(word) < length)
        compared = {"scorer": OSA.distance, "processor": None, "score_cutoff": most, "limit": 40}
        near = [
            found
            for length in range(len(word) - most, len(word) + most + 1)
            for found in process.extract(word, self._by_length.get(length, ()), **compared)
        ]
        weighed = sorted((-self.likeness(word, other, distance), other) for other, distance, _ in near)
        best = list(islice(((other, -cost) for cost, other in weighed if self.lives(other)), MOST_NEAR))
        return [(other, round(likeness, 3)) for other, likeness in best if likeness > best[0][1] - BESIDE]

    def likeness(self, word: str, other: str, distance: int) -> float:
        same_sound = sound(word) == sound(other)
        cost = distance * (0.5 if same_sound else 1.0) + (0.0 if word[0] == other[0] or same_sound else 0.4)
        common = min(math.log10(self.counts[other] + 1), 4) / 4
        return 1.0 - cost / max(len(word), len(other)) * 1.2 - 0.12 * (1 - common)

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        """The words that another may be a slip of, by their length: one of quite another length need not be compared."""
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(self.counts):
            if len(word) >= SHORTEST and word.isalpha():
                by_length[len(word)].append(word)
        return by_length

    @cached_property
    def _alike(self) -> dict[str, list[str]]:
        alike: dict[str, list[str]] = defaultdict(list)
        for word in self.counts:
            alike[american(word)].append(word)
        return alike


class MembersWords:
    """The same for members: a word of gated text is none that has to be mended. What others are mended to is public."""

    def __init__(self, words: Words):
        self.words, self.alike, self.near = words, words.alike, words.near

    def knows(self, word: str) -> bool:
        return self.words.knows(word) or self.is_gated(word)

    def is_rare(self, word: str) -> bool:
        return self.words.is_rare(word) and not self.is_gated(word)

    def is_gated(self, word: str) -> bool:
        return self.words.searcher.doc_freq("gated", stem(word)) > 0


def sound(word: str) -> str:
    """Return a rough spelling of how an English reader says `word`: equal for most slips that are spelt as they sound."""
    for letters, said in SOUNDS:
        word = word.replace(letters, said)
    folded = word[:1] + "".join(letter for letter in word[1:] if letter not in "aeiouyhw")
    return "".join(letter for place, letter in enumerate(folded) if place == 0 or letter != folded[place - 1])


SOUNDS = [
    *(("pn", "n"), ("ps", "s"), ("rh", "r"), ("ph", "f"), ("gh", "g"), ("ck", "k"), ("x", "ks"), ("sc", "s"), ("ce", "se")),
    *(("ci", "si"), ("cy", "si"), ("z", "s"), ("ch", "k"), ("c", "k"), ("q", "k"), ("eu", "u"), ("ew", "u"), ("dg", "j")),
]
