"""The words that there are: whether one is known, how else it is spelt, and what it may be a slip of. Public words alone."""

import math
import time
from collections import defaultdict
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA
from tantivy import Searcher

from conditions.finding.schema import LONGEST_WORD, stem
from conditions.finding.words import american

RARE = 30  # documents; a word of more is no slip
SHORTEST = 4  # letters of a word that may be a slip, or be meant by one
MOST_SLIPS = [(6, 1), (10, 2), (LONGEST_WORD + 1, 3)]  # a word of fewer letters may have so many wrong
FORGET_AFTER = 60.0  # seconds that the words of an index are remembered after it changed
MOST_NEAR = 4  # words that one may be a slip of
BESIDE = 0.15  # how much less likely than the best they may be


def words_of(memory: dict, searcher: Searcher) -> "Words":
    """Return the words of an index, which one process remembers in `memory` from one request to the next."""
    words = memory.get("words")
    is_old = words and words.documents != searcher.num_docs and time.monotonic() - words.made_at > FORGET_AFTER
    if not words or is_old:
        words = memory["words"] = Words(searcher)
    words.searcher = searcher
    return words


class Words:
    """The public words of an index (a `words.Vocabulary`)."""

    def __init__(self, searcher: Searcher):
        self.counts = dict(searcher.terms_with_prefix("word", ""))
        self.made_at = time.monotonic()
        self.documents = searcher.num_docs
        self.searcher = searcher

    def knows(self, word: str) -> bool:
        return word in self.counts or self.searcher.doc_freq("text", stem(word)) > 0

    def alike(self, spelling: str) -> list[str]:
        return self._alike.get(spelling, [])

    def is_rare(self, word: str) -> bool:
        return self.counts.get(word, 0) <= RARE

    def near(self, word: str) -> list[tuple[str, float]]:
        """Return up to four words by likeness: letters that changed, first letter, and how common each is."""
        if len(word) < SHORTEST or not word.isalpha():
            return []
        most = next(letters for length, letters in MOST_SLIPS if len(word) < length)
        near = [
            found
            for length in range(len(word) - most, len(word) + most + 1)
            for found in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, processor=None, score_cutoff=most, limit=40
            )
        ]
        weighed = [(self.likeness(word, other, distance), other) for other, distance, _ in near]
        best = sorted(weighed, key=lambda each: (-each[0], each[1]))[:MOST_NEAR]
        return [(other, round(likeness, 3)) for likeness, other in best if likeness > best[0][0] - BESIDE]

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
