"""Reads the terms of the official index of ICD-10-CM as names. Pure Python; writes nothing.

Three files of NCHS have one shape, root `ICD10CM.index`: the Alphabetic Index, the Index to External Causes, and the Table of
Neoplasms. A *main term* has a title and terms of deeper levels below it; the words of the levels together are the name (“Abscess,
lung”). What stands in `nemod` changes no code and is left out, as are NEC and NOS. A code may end in “-”: it needs more characters,
and the name belongs to the item above them. *See* leads to another term, whose code is taken. The table has six codes a term, one
in each column, and the heading of the column belongs to the name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from conditions.codes import MAX_LENGTH, dotted, parse_item, undotted
from conditions.loading.official_xml import Element, ElementBuilder, ReleaseFileError, fold, read_text

ROOT, LETTER = "ICD10CM.index", "letter"
CODES = ("code", "seecat", "subcat")
TERMS = ("mainTerm", "term")
KNOWN = frozenset({"title", "nemod", "see", "seeAlso", "cell", "manif", *CODES, *TERMS})
CHUNK = 1 << 20  # characters of XML between two looks for finished letters


@dataclass
class Term:
    """One term: the titles of its levels, its codes as (code, heading of its column), and where it says to look."""

    titles: tuple[str, ...]
    line: int
    codes: list[tuple[str, str]] = field(default_factory=list)
    see: str = ""

    @property
    def name(self) -> str:
        return ", ".join(self.titles)


@dataclass(frozen=True)
class IndexName:
    """A name and the code that the index gives it, dotted, without a seventh character."""

    code: str
    text: str
    line: int


@dataclass
class IndexTerms:
    """What a file says. `unresolved` are terms that lead only to others, none of which was found to have a code."""

    names: list[IndexName]
    unresolved: int


def read_index_terms(path: Path) -> IndexTerms:
    """Return the names of the file at `path`. Raises ReleaseFileError with file, line and what was expected."""
    terms = list(read_terms(path))
    if not terms:
        raise ReleaseFileError(path, "expected at least one <mainTerm>")
    known = {plain_words(term.name): term for term in reversed(terms) if term.codes}
    names: list[IndexName] = []
    unresolved = 0
    for term in terms:
        codes = term.codes
        if not codes and term.see:
            target = known.get(plain_words(term.see))
            codes = target.codes if target else []
            unresolved += not codes
        for code, heading in codes:
            text = f"{term.name}, {heading}" if heading else term.name
            names.append(IndexName(code, text, term.line))
    return IndexTerms(names, unresolved)


def read_terms(path: Path) -> Iterator[Term]:
    text = read_text(path)
    builder = ElementBuilder(path, ROOT, LETTER, mixed=frozenset({"title"}))
    headings = read_headings(path, text)
    for start in range(0, len(text), CHUNK):
        for letter in builder.feed(text[start : start + CHUNK], start + CHUNK >= len(text)):
            for element in letter.children:
                if element.tag == "mainTerm":
                    yield from terms_of(path, element, (), headings)
                elif element.tag != "title":
                    raise ReleaseFileError(path, f"<{element.tag}>: expected <mainTerm> in a letter", element.line)


def read_headings(path: Path, text: str) -> dict[str, str]:
    """Return {column: heading} of a table; nothing for an index without columns."""
    builder = ElementBuilder(path, ROOT, "indexHeading")
    end = text.find("</indexHeading>")
    if end < 0:
        return {}
    found = builder.feed(text[: end + len("</indexHeading>")], False)
    heads = [child for element in found for child in element.children]
    return {head.attributes.get("col", ""): fold(head.text).lower() for head in heads}


def terms_of(path: Path, element: Element, above: tuple[str, ...], headings: dict[str, str]) -> Iterator[Term]:
    """Yield the term of `element` and every term below it."""
    for child in element.children:
        if child.tag not in KNOWN:
            raise ReleaseFileError(path, f"<{child.tag}>: expected one of {', '.join(sorted(KNOWN))}", child.line)
    titles = [child for child in element.children if child.tag == "title"]
    if len(titles) != 1 or not title_of(titles[0]):
        raise ReleaseFileError(path, f"<{element.tag}>: expected one <title> with text", element.line)
    term = Term((*above, title_of(titles[0])), element.line)
    for child in element.children:
        if child.tag in CODES or child.tag == "cell":
            heading = headings.get(child.attributes.get("col", ""), "")
            if code := read_code(path, child):
                term.codes.append((code, heading))
        elif child.tag in ("see", "seeAlso"):
            term.see = term.see or fold(child.text)
    yield term
    for child in element.children:
        if child.tag in TERMS:
            yield from terms_of(path, child, term.titles, headings)


def title_of(title: Element) -> str:
    # Of a title that is nothing but its nemod, those are the words.
    words = fold(title.text) or fold(" ".join(child.text for child in title.children)).strip("()")
    return re.sub(r",? ?\b(NEC|NOS)\b", "", words).strip(" ,") or words


def read_code(path: Path, element: Element) -> str | None:
    """Return the code of an element without what is still to be filled in; None for a cell that is empty."""
    written = fold(element.text)
    if written in ("", "-"):
        return None
    code = parse_item(written.rstrip("-").rstrip("."))
    if code is None:
        raise ReleaseFileError(path, f"<{element.tag}>: expected a code such as M61.24 or M61.2-, not “{written}”", element.line)
    bare = undotted(code)
    return dotted(bare[: MAX_LENGTH - 1].rstrip("X")) if len(bare) == MAX_LENGTH and "-" not in bare else code


def plain_words(text: str) -> str:
    """Return what references and titles have in common: letters and digits alone, in lower case."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
