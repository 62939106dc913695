"""Marks the words of a page that the glossary explains. No models."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

PIECES = re.compile(r"(<[^>]*>)")
WORD = re.compile(r"(?<![&\w])[^\W_]+(?:['’-][^\W_]+)*")
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
                    self.by_first_word.setdefault(first[0].casefold(), []).append((form, entry))
        for forms in self.by_first_word.values():
            forms.sort(key=lambda found: -len(found[0]))  # “heart failure” before “heart”

    def mark(self, markup: str) -> str:
        """Return sanitised `markup` with each explained word a link to its definition, where it first stands.

        Headings and links stay as they are.
        """
        done: set[Entry] = set()
        inside, pieces = 0, PIECES.split(markup)
        for place, piece in enumerate(pieces):
            if place % 2:  # a tag
                if UNMARKED.match(piece):
                    inside += -1 if piece.startswith("</") else 1
            elif piece and not inside:
                pieces[place] = self._mark_text(piece, done)
        self.found |= done
        return "".join(pieces)

    def _mark_text(self, text: str, done: set[Entry]) -> str:
        marked, start = [], 0
        for word in WORD.finditer(text):
            if word.start() < start:
                continue  # inside a form of several words
            for form, entry in self.by_first_word.get(word[0].casefold(), ()):
                end = word.start() + len(form)
                found = text[word.start() : end]
                if entry not in done and is_form(found, form) and not text[end : end + 1].isalnum():
                    done.add(entry)
                    marked += [text[start : word.start()], f'<a class="term" href="#word-{entry.key}">{found}</a>']
                    start = end
                    break
        return "".join([*marked, text[start:]])


def is_form(found: str, form: str) -> bool:
    """Say whether `found` is `form`. Capitals make no difference, save to a word that is all capitals, such as ECG."""
    return found == form if form.isupper() else found.casefold() == form.casefold()
