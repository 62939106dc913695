"""What a reader's words may mean: other spellings, the clinic's words for everyday ones, words that name no condition.

It knows no index: what words there are is asked of a `Vocabulary`. The two lists are data files with a reason in each row.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from conditions.finding.schema import stem, words_in

DATA = Path(__file__).parent.parent / "data"
LONGEST_QUERY = 200  # characters
MOST_WORDS = 12
MOST_UNKNOWN = 6  # words that are looked for among all words: each costs a few milliseconds
MOST_DOUBTED = 4  # known words that may be a slip of another one
LONGEST_PHRASE = 3  # words of a synonym
SHORTEST_PART = 3  # letters of each part of a word that was written as one
FILLER_SHARE, WEAK_SHARE = 0.15, 0.2

# How much a name counts that says it in another way than the reader.
SYNONYM, JOINED, CORRECTED, DOUBTED = 0.85, 0.97, 0.9, 0.8


def words_listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARTICLES = words_listed("""
    a an the of and or in on to for with by at from as is
""")
# Words of questions, and of people who ask: they name no condition.
QUESTION_WORDS = ARTICLES | words_listed("""
    i im ive my me we our you your he she his her him they their it its this that these those there who what whats which
    when where why how do does did am are was were be been being have has had having can could should would will may
    might must get gets getting got if know tell think feel feels feeling look looks like make makes about after because
    also any some someone people person causes caused cause symptom symptoms sign signs treatment treatments treat
    treating cure cures cured remedy remedies help need keep keeps keeping happens happen mean means meaning test tests
    diagnosis diagnosed diagnose information info advice best way ways really very much so too just please something
    condition disease called
""")
# Words that say little about which condition is meant: how it came, how long, how bad, what one does with it.
WEAK_WORDS = words_listed("""
    bad badly worse better severe serious dangerous awful terrible horrible mild normal safe constant constantly always
    often sometimes again twice once suddenly still since during while passed passing pass spread spreads spreading
    caught catch catching contagious long last lasts lasting days day weeks week months month years year morning old
    young big little small every each all hour hours minute minutes evening throbbing lot lots keep goes going gone come
    comes came came cope coping manage managing live living deal dealing know cannot cant dont doesnt wont not no never
    other others thing things whole area place looking started start starting used using use give gives given take takes
    taking went says said told turn turns hit one two both side up down out off over into through man men woman women
    adult adults kid kids boy girl husband wife mum mom dad son daughter
""")
# After these a single letter is a name: hepatitis A, vitamin A, group A.
TAKES_A_LETTER = words_listed("""
    hepatitis vitamin group type influenza strep class grade haemophilia hemophilia
""")
SIDES = {"left": "left", "right": "right", "both": "bilateral", "bilateral": "bilateral", "unspecified": "unspecified"}
# What titles of the classification hold without saying more about the condition.
FILLERS = words_listed("""
    unspecified other specified elsewhere classified not nos nec due without type site sites side organism initial
    encounter cause disease diseases disorder disorders condition conditions syndrome
""")
NUMBERS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "one": "1", "two": "2", "three": "3", "first": "1st"}
NUMBERS |= {"second": "2nd", "third": "3rd"}
TAKES_A_NUMBER = words_listed("""
    type stage grade class degree
""")

# Regular differences of UK spelling, in the order in which they are undone.
BRITISH = [
    (re.compile(r"ae|oe"), "e"),
    (re.compile(r"our(s|ed|ing|less)?$"), r"or\1"),
    (re.compile(r"is(e|ed|es|er|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"ys(e|ed|es|ing)$"), r"yz\1"),
    (re.compile(r"([aeiou])ll(ed|er|ing)$"), r"\1l\2"),
    (re.compile(r"([tb])re(s?)$"), r"\1er\2"),
]

Alternative = tuple[str, ...]  # stems that all have to be there


class Vocabulary(Protocol):
    """The public words of the index."""

    def knows(self, word: str) -> bool:
        """Say whether `word` stands in a public text."""

    def alike(self, spelling: str) -> Iterable[str]:
        """Return the words there are whose `american` spelling is `spelling`."""

    def is_rare(self, word: str) -> bool:
        """Say whether `word` stands in so few texts that it may be a slip of another one."""

    def near(self, word: str) -> list[tuple[str, float]]:
        """Return the words that `word` may be a slip of, the likeliest first, each with how likely it is (0 to 1)."""


@dataclass(frozen=True)
class Slot:
    """One word of the reader's: what a text may hold in its place, each with how much it counts (0 to 1)."""

    word: str
    alternatives: dict[Alternative, float]
    is_weak: bool = False  # it says little about which condition is meant


@dataclass(frozen=True)
class Question:
    """What was understood: `slots` have to be met, `sides` are preferred, `whole` is the name that it may be in full."""

    slots: tuple[Slot, ...] = ()
    sides: frozenset[str] = frozenset()
    wholes: tuple[str, ...] = ()
    corrected: str = ""  # all of it with the slips mended; empty where there were none
    words: tuple[str, ...] = ()

    @property
    def strong(self) -> tuple[Slot, ...]:
        """The words that matter; all of them where none matters more."""
        return tuple(slot for slot in self.slots if not slot.is_weak) or self.slots


def understand(text: str, vocabulary: Vocabulary, ends_open: bool = False, doubts_known: bool = False) -> Question:
    """Return what `text` asks for.

    With `ends_open` its last word is still being typed and left for the caller to complete. With `doubts_known` the words that
    there are may be slips, too (scabby mouth for scabies): to be tried where they lead to little.
    """
    words = words_in(text[:LONGEST_QUERY])[:MOST_WORDS]
    asked = words[:-1] if ends_open else words
    told = without_fillers(asked)
    sides = frozenset(SIDES[words[place]] for place in told if words[place] in SIDES)
    kept = [place for place in told if words[place] not in SIDES]
    if not kept and not ends_open:
        kept, sides = told or list(range(len(asked))), frozenset()
    alternatives: dict[int, dict[Alternative, float]] = {place: {} for place in kept}
    add_spellings(words, alternatives, vocabulary)
    add_synonyms(asked, alternatives)
    add_joined(asked, alternatives, vocabulary)
    mended = doubt(words, alternatives, vocabulary) if doubts_known else mend(words, alternatives, vocabulary)
    slots = tuple(slot_of(words[place], found) for place, found in sorted(alternatives.items()))
    corrected = [mended.get(place, word) for place, word in enumerate(words)] if mended else []
    wholes = [whole(words), *([whole(" ".join(corrected).split())] if corrected else [])]
    return Question(slots, sides, tuple(dict.fromkeys(wholes)), " ".join(corrected), tuple(words))


def slot_of(word: str, alternatives: dict[Alternative, float]) -> Slot:
    return Slot(word, alternatives or {(stem(word),): 1.0}, word in WEAK_WORDS)


def without_fillers(words: list[str]) -> list[int]:
    """Return the places of the words that say something."""
    return [place for place, word in enumerate(words) if word not in QUESTION_WORDS or is_letter_of_a_name(words, place)]


def is_letter_of_a_name(words: list[str], place: int) -> bool:
    return len(words[place]) == 1 and place > 0 and words[place - 1] in TAKES_A_LETTER


def whole(words: Iterable[str]) -> str:
    """Return what is equal for names of the same words, whatever their order, number, spelling and articles."""
    words = list(words)
    kept = [word for place, word in enumerate(words) if word not in ARTICLES or is_letter_of_a_name(words, place)]
    return " ".join(sorted({stem(american(word)) for word in kept or words}))


@lru_cache(maxsize=50_000)
def american(word: str) -> str:
    """Return the US spelling of a word by rule and list; the words of titles are written so."""
    if word in spellings():
        return spellings()[word]
    for pattern, replacement in BRITISH:
        word = pattern.sub(replacement, word)
    return spellings().get(word, word)


# --- What else a word may be ------------------------------------------------------------------------------------------------


def add_spellings(words: list[str], alternatives: dict[int, dict[Alternative, float]], vocabulary: Vocabulary) -> None:
    for place, found in alternatives.items():
        word = words[place]
        known = [word] if vocabulary.knows(word) else []
        for other in [*known, *vocabulary.alike(american(word))]:
            found[(stem(other),)] = 1.0
        before = words[place - 1] if place else ""
        if word in NUMBERS and before in TAKES_A_NUMBER | {""}:
            found.setdefault((stem(NUMBERS[word]),), 1.0)


def add_synonyms(words: list[str], alternatives: dict[int, dict[Alternative, float]]) -> None:
    """The longest phrase counts: in “heat stroke” there is no stroke."""
    table = synonyms()
    stems = [stem(american(word)) for word in words]
    covered: set[int] = set()
    for length in range(LONGEST_PHRASE, 0, -1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            others = table.get(tuple(stems[start : start + length]), ())
            if not others or covered.intersection(span):
                continue
            covered.update(span)
            for place in alternatives.keys() & set(span):
                for other in others:
                    alternatives[place].setdefault(other, SYNONYM)


def add_joined(words: list[str], alternatives: dict[int, dict[Alternative, float]], vocabulary: Vocabulary) -> None:
    """A word that was written as two (chicken pox) stands in the place of both."""
    for place in range(len(words) - 1):
        joined = words[place] + words[place + 1]
        if any(each in alternatives for each in (place, place + 1)) and len(joined) > 2 * SHORTEST_PART - 1:
            for other in known_spellings(joined, vocabulary):
                for each in (place, place + 1):
                    if each in alternatives:
                        alternatives[each].setdefault((stem(other),), JOINED)


def known_spellings(word: str, vocabulary: Vocabulary) -> list[str]:
    return [word] if vocabulary.knows(word) else list(vocabulary.alike(american(word)))


def mend(words: list[str], alternatives: dict[int, dict[Alternative, float]], vocabulary: Vocabulary) -> dict[int, str]:
    """Give the words that stand nowhere what they may be a slip of; return {place: the likeliest}."""
    mended: dict[int, str] = {}
    unknown = [place for place, found in alternatives.items() if not found and not words[place].isdigit()]
    for place in unknown[:MOST_UNKNOWN]:
        word = words[place]
        parts = split(word, vocabulary)
        near = vocabulary.near(word)
        if parts:
            alternatives[place][tuple(stem(part) for part in parts)] = JOINED
            mended[place] = " ".join(parts)
        for other, likelihood in near:
            alternatives[place].setdefault((stem(other),), CORRECTED * likelihood)
        if near and not parts:
            mended[place] = near[0][0]
    return mended


def doubt(words: list[str], alternatives: dict[int, dict[Alternative, float]], vocabulary: Vocabulary) -> dict[int, str]:
    """Give rare words what they may be a slip of, beside themselves; return {place: the likeliest} for the likeliest slip."""
    likeliest: tuple[float, int, str] | None = None
    doubted = [place for place in alternatives if words[place] not in WEAK_WORDS and vocabulary.is_rare(words[place])]
    for place in doubted[:MOST_DOUBTED]:
        for other, likelihood in vocabulary.near(words[place]):
            if stem(other) != stem(words[place]):
                alternatives[place].setdefault((stem(other),), DOUBTED * likelihood)
                likeliest = max(likeliest or (0.0, 0, ""), (likelihood, place, other))
    return {likeliest[1]: likeliest[2]} if likeliest else {}


def split(word: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Return the two words that `word` was made of (heartattack → heart, attack), the longest first part first."""
    for end in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        if vocabulary.knows(word[:end]) and vocabulary.knows(word[end:]):
            return word[:end], word[end:]
    return None


# --- The lists --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def synonyms() -> dict[Alternative, list[Alternative]]:
    """Return {stems of a reader's word or phrase: what titles say for it} of conditions/data/synonyms.tsv."""
    table: dict[Alternative, list[Alternative]] = {}
    for words, others in rows("synonyms.tsv"):
        key = tuple(stem(american(word)) for word in words_in(words))
        for other in others.split("|"):
            table.setdefault(key, []).append(tuple(stem(word) for word in words_in(other)))
    return table


@lru_cache(maxsize=1)
def spellings() -> dict[str, str]:
    """Return {a spelling: the one of the titles} of conditions/data/spelling.tsv, for what no rule tells."""
    return {words_in(other)[0]: words_in(here)[0] for other, here in rows("spelling.tsv")}


def rows(name: str) -> Iterable[tuple[str, str]]:
    """Yield the first two of the three columns of a list: the third is the reason."""
    for line in DATA.joinpath(name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            first, second, _ = line.split("\t")
            yield first, second
