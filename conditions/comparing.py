"""Two texts side by side, word by word: what is gone is marked on the left, what is new on the right. Pure Python."""

import html
import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

# What is no tag and no space is a word or a mark; "0.5", "1,000", "mother's" and "24/7" are one word each. No letter is named, so
# that each script's are letters. The value of an attribute may hold ">".
TOKEN = re.compile(
    r"""
    (?P<tag> <(?:"[^"]*"|[^">])*> )
    | (?P<space> (?:\s|&nbsp;)+ )
    | (?P<word> LETTER+(?:[.,:'’/]LETTER+)* | &\#?\w+; | . )
    """.replace("LETTER", r"""[^\s<>&.,;:!?()\[\]'’‘"“”…/]"""),
    re.VERBOSE,
)
TAG_NAME = re.compile(r"\w+")
INLINE = {"a", "strong", "em", "sub", "sup"}
MANY_PAIRS = 500_000  # of equal words; two texts of 3,000 words that say different things have about 300,000


class Word(NamedTuple):
    """A word where it stands. Two are the same where all of this is: a word in another link or list is another one."""

    text: str
    inside: tuple[str, ...]  # the tags that are open around it, from the outermost
    begins: str  # the last tag that was opened, or the break, between it and the word before

    @property
    def begins_line(self) -> bool:
        found = TAG_NAME.search(self.begins)
        return bool(found and found[0] not in INLINE)


Token = tuple[str, Word | None]  # what stands there, and which word it is; None is a tag or space


def compare(old: str, new: str) -> tuple[str, str]:
    """Return both texts, which are sanitised HTML: in the old one what is gone stands in <del>, in the new what is new in <ins>.

    Nothing else is changed. Marks stand inside elements, around words alone, so that what comes back is as well-formed as what
    came. Texts that differ in white space alone, or in how their lists are cut, have no marks.
    """
    old_tokens, new_tokens = _tokens(old), _tokens(new)
    gone, come = _differences(_words(old_tokens), _words(new_tokens))
    return _marked(old_tokens, gone, "del"), _marked(new_tokens, come, "ins")


def compare_plain(old: str, new: str) -> tuple[str, str]:
    """Return two plain texts as HTML, marked as `compare` does."""
    return compare(html.escape(old, quote=False), html.escape(new, quote=False))


def _tokens(markup: str) -> list[Token]:
    tokens: list[Token] = []
    inside: list[str] = []
    begins = ""
    for found in TOKEN.finditer(markup):
        text, kind = found[0], found.lastgroup
        if kind == "word":
            tokens.append((text, Word(text, tuple(inside), begins)))
            begins = ""
            continue
        tokens.append((text, None))
        if kind == "tag" and text.startswith("</"):
            del inside[-1:]
        elif kind == "tag":
            begins = text
            if text != "<br>":
                inside.append(text)
    return tokens


def _words(tokens: Iterable[Token]) -> list[Word]:
    return [word for _, word in tokens if word]


def _differences(old: list[Word], new: list[Word]) -> tuple[set[int], set[int]]:
    """Return the places of the words that are gone, and of those that are new.

    Lines are held against each other first, and words only where lines differ: it is quicker, and what moved is seen as a whole.
    """
    gone: set[int] = set()
    come: set[int] = set()
    old_starts, new_starts = _line_starts(old), _line_starts(new)
    for old_lines, new_lines in _unequal(_cut(old, old_starts), _cut(new, new_starts)):
        old_start, new_start = old_starts[old_lines.start], new_starts[new_lines.start]
        old_words, new_words = old[old_start : old_starts[old_lines.stop]], new[new_start : new_starts[new_lines.stop]]
        for old_places, new_places in _unequal(old_words, new_words):
            gone.update(old_start + place for place in old_places)
            come.update(new_start + place for place in new_places)
    return gone, come


def _line_starts(words: list[Word]) -> list[int]:
    """Return the places at which lines begin, and where the last one ends."""
    starts = [place for place, word in enumerate(words) if word.begins_line or place == 0]
    return [*starts, len(words)]


def _cut(words: list[Word], starts: list[int]) -> list[tuple[Word, ...]]:
    return [tuple(words[start:end]) for start, end in pairwise(starts)]


def _unequal(old: list[Word] | list[tuple[Word, ...]], new: list[Word] | list[tuple[Word, ...]]) -> list[tuple[range, range]]:
    """Return the places in which two sequences differ, pair by pair."""
    here = Counter(new)
    pairs = sum(count * here[item] for item, count in Counter(old).items())
    # Where few words are said over and over the time would grow with their third power: those then count as different.
    codes = SequenceMatcher(None, old, new, autojunk=pairs > MANY_PAIRS).get_opcodes()
    return [(range(i, i_end), range(j, j_end)) for code, i, i_end, j, j_end in codes if code != "equal"]


def _marked(tokens: list[Token], places: set[int], mark: str) -> str:
    """Return the text with the words at `places` in <mark>: neighbours in one, with the space between them."""
    pieces: list[str] = []
    space, is_open, place = "", False, 0
    for text, word in tokens:
        if word is None and not text.startswith("<"):
            space += text
            continue
        is_marked = word is not None and place in places
        if is_open and not is_marked:
            pieces.append(f"</{mark}>")
        pieces.append(space)
        if is_marked and not is_open:
            pieces.append(f"<{mark}>")
        pieces.append(text)
        space, is_open, place = "", is_marked, place + (word is not None)
    return "".join([*pieces, f"</{mark}>" if is_open else "", space])
