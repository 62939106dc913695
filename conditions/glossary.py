"""Marks the words of a page that the glossary explains. No models."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from conditions.text import INLINE_TAG

PIECES = re.compile(r"(<[^>]*>)")
WORD = re.compile(r"(?<!\w)[^\W_]+(?:['’\u00ad-][^\W_]+)*")  # a soft hyphen is inside a word too
POSSESSIVES = ("'s", "’s")
UNMARKED = re.compile(r"</?(a|h3|h4)\b")


@dataclass(frozen=True)
class Entry:
    """A word of the glossary: `key` is unique among them, `other_forms` are how else texts have it, parted by commas."""

    key: int
    term: str
    other_forms: str
    definition: str

    @property
    def forms(self) -> list[str]:
        return [form for form in (self.term, *map(str.strip, self.other_forms.split(","))) if form]


class Explainer:
    """Marks words in the bodies of one page, one after the other. `found` are the entries that were marked so far."""

    def __init__(self, entries: Iterable[Entry]):
        self.found: set[Entry] = set()
        self.by_first_word: dict[str, list[tuple[str, Entry]]] = {}
        for entry in entries:
            for form in entry.forms:
                if first := WORD.match(form):
                    self.by_first_word.setdefault(key(first[0]), []).append((form, entry))
        for forms in self.by_first_word.values():
            forms.sort(key=lambda found: -len(found[0]))  # “heart failure” before “heart”

    def mark(self, markup: str) -> str:
        """Return sanitised `markup` with each explained word a link to its definition, where it first stands.

        Headings and links stay as they are.
        """
        done: set[Entry] = set()
        inside, pieces = 0, PIECES.split(markup)
        marked = list(pieces)
        for place, piece in enumerate(pieces):
            if place % 2:  # a tag
                if UNMARKED.match(piece):
                    inside += -1 if piece.startswith("</") else 1
            elif piece and not inside:
                marked[place] = self._mark_text(piece, done, *neighbours(pieces, place))
        self.found |= done
        return "".join(marked)

    def _mark_text(self, markup: str, done: set[Entry], before: str, after: str) -> str:
        """Return `markup`, a text without tags, with its words marked. `before` and `after` are the letters that it touches."""
        text = html.unescape(markup)
        around = f"{before}{text}{after}"  # a word at the edge may go on beyond a tag
        parts, start = [], 0
        for word in WORD.finditer(around, len(before), len(before) + len(text)):
            first = word.start() - len(before)
            if first < start:
                continue  # inside a form of several words
            for form, entry in self.by_first_word.get(key(word[0]), ()):
                end = first + len(form)
                found = text[first:end]
                if not is_form(found, form) or around[len(before) + end : len(before) + end + 1].isalnum():
                    continue
                shown = escape(found) if entry in done else f'<a class="term" href="#word-{entry.key}">{escape(found)}</a>'
                parts += [escape(text[start:first]), shown]
                done.add(entry)
                start = end
                break
        return "".join([*parts, escape(text[start:])]) if parts else markup


def key(word: str) -> str:
    """Return by what a form that begins with `word` is looked for: “kidney’s” by “kidney”, and “Barrett’s” by “barrett”."""
    return (word[:-2] if word.endswith(POSSESSIVES) else word).casefold()


def neighbours(pieces: list[str], place: int) -> tuple[str, str]:
    """Return the letter before and that after the text at `place`, or "", where an inline tag alone stands between."""
    before = pieces[place - 2][-1:] if place and INLINE_TAG.match(pieces[place - 1]) else ""
    after = pieces[place + 2][:1] if place + 2 < len(pieces) and INLINE_TAG.match(pieces[place + 1]) else ""
    return before, after


def is_form(found: str, form: str) -> bool:
    """Say whether `found` is `form`. Capitals make no difference, save to a word that is all capitals, such as AIDS."""
    found = found.replace("\u00a0", " ")
    return found == form if form.isalpha() and form.isupper() else found.casefold() == form.casefold()


def escape(text: str) -> str:
    return html.escape(text, quote=False)
