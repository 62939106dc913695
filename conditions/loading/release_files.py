"""Reads the official files of a release of ICD-10-CM and puts them together. Pure Python; writes nothing.

- The *tabular list* (XML, root `ICD10CM.tabular`) holds the tree, titles and notes, but no code that a seventh character makes.
- The *code list* holds every code of the full list, one a line and without the dot. It may also hold chapters and blocks.
- The *order file* (fixed width: order number in columns 1-5, code 7-13, flag 15, short title 17-76, long title from 78) holds
  every code too, with the official flag that says which may be assigned. Without it a leaf of the full list is assignable.

The tabular list alone is refused. Its definitions cannot be expanded into the full list: exceptions that are written nowhere in
it leave codes out (S06.1X7 takes one of the three characters that S06 defines), and expanding would invent those codes.
"""

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from conditions.codes import CATEGORY_LENGTH, MAX_LENGTH, dotted, parse_block, parse_code, undotted
from conditions.loading.official_xml import Element, ElementBuilder, ReleaseFileError, fold, read_text

PACKAGE = "simple_icd_10_cm"
PACKAGED_RELEASE = "April 2026"
PACKAGED_TABULAR = "icd10c-tabular-April-1-2026.xml"
PACKAGED_CODES = "code-list-April-2026.txt"

CHAPTER, BLOCK, CATEGORY, BELOW = 1, 2, 3, 4  # Item.Level
TITLE_LENGTH = 300  # Item.title
CHUNK = 1 << 20  # characters of XML between two looks for finished chapters

ROOT = "ICD10CM.tabular"
# The elements that hold notes, by the words of Note.Kind.
NOTE_KINDS = {
    "inclusionTerm": "inclusion-term",
    "includes": "includes",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code-first",
    "useAdditionalCode": "use-additional-code",
    "codeAlso": "code-also",
    "sevenChrNote": "seventh-character-note",
    "notes": "note",
}
# What may stand below an item of a level, and what else it may contain that says nothing about it.
BELOW_ELEMENT = {CHAPTER: "section", BLOCK: "diag", CATEGORY: "diag", BELOW: "diag"}
PASSED_OVER = {CHAPTER: {"name", "desc", "sectionIndex"}, BLOCK: {"name", "desc", "deactivated"}}
RANGE = re.compile(r"\s*\([A-Z][0-9A-Z]{2}(-[A-Z][0-9A-Z]{2})?\)$")  # at the end of a title: the code of a block says it too

Key = tuple[bool, str]  # (is it a block, code): a block of one category bears the category's name


@dataclass(frozen=True, slots=True)
class FileNote:
    kind: str
    text: str
    character: str = ""


@dataclass(slots=True)
class FileItem:
    level: int
    code: str
    title: str
    parent: Key | None
    notes: tuple[FileNote, ...] = ()
    is_assignable: bool = False

    @property
    def key(self) -> Key:
        return self.level == BLOCK, self.code


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A line of the code list or the order file. `code` has no dot; the flag and the title come from the order file."""

    code: str
    line: int
    is_assignable: bool | None = None
    title: str = ""
    is_open: bool = False  # the last line of a file that ends without a line end


@dataclass(frozen=True)
class ReleaseFiles:
    """Which files make a release. One of `codes` and `order` is there at least."""

    name: str
    tabular: Path
    codes: Path | None = None
    order: Path | None = None


@dataclass(frozen=True)
class FileRelease:
    """The content of a release: its items, each after its parent and siblings in the order of the classification."""

    items: list[FileItem]

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the content, as 64 hexadecimal digits. White space and line ends of the files do not count."""
        digest = hashlib.sha256()
        for item in self.items:
            notes = [(note.kind, note.character, note.text) for note in item.notes]
            digest.update(repr((item.level, item.code, item.title, item.parent, item.is_assignable, notes)).encode())
        return digest.hexdigest()


def choose_files(tabular: Path | None = None, codes: Path | None = None, order: Path | None = None, name: str = "") -> ReleaseFiles:
    """Return the files to read: those given, and the April 2026 files of the package for what is missing.

    A list belongs to its own tabular list: raises ReleaseFileError for a tabular list without one, or without a name.
    """
    if tabular and not (codes or order):
        raise ReleaseFileError(
            tabular, "expected the full list with it, as code list or order file: the tabular list is not complete"
        )
    if tabular and not name:
        raise ReleaseFileError(tabular, 'expected the name of its release with it, such as "October 2026"')
    if not (codes or order):
        codes = packaged_file(PACKAGED_CODES)
    return ReleaseFiles(name or PACKAGED_RELEASE, tabular or packaged_file(PACKAGED_TABULAR), codes, order)


def packaged_file(name: str) -> Path:
    """Return the path of an official file in the package, without importing it: that takes two seconds and 190 MB."""
    spec = importlib.util.find_spec(PACKAGE)
    if not spec or not spec.submodule_search_locations:
        raise ReleaseFileError(PACKAGE, "expected this package to be installed: it carries the official files")
    return Path(spec.submodule_search_locations[0]) / "data" / name


def read_release(files: ReleaseFiles) -> FileRelease:
    """Read, check and join the files. Raises ReleaseFileError for the first fault, also where two files disagree."""
    tabular = TabularList(files.tabular)
    lists = []
    if files.codes:
        lists.append(FullList(files.codes, read_codes(files.codes), tabular))
    if files.order:
        lists.append(FullList(files.order, read_order(files.order), tabular))
    if len(lists) == 2:
        lists[0].refuse_other_than(lists[1])
    full = lists[-1]  # the order file where there is one: it knows the flag and the title
    full.extend(tabular)
    full.mark_assignable(tabular)
    return FileRelease(list(tabular.items.values()))


# --- The tabular list ---------------------------------------------------------------------------------------------------------


class TabularList:
    """The tabular list at `path`: its items by key, in the order of the file. Raises ReleaseFileError."""

    def __init__(self, path: Path):
        self.path = path
        self.items: dict[Key, FileItem] = {}
        text = read_text(path)
        builder = ElementBuilder(path, ROOT, "chapter")
        for start in range(0, len(text), CHUNK):
            for chapter in builder.feed(text[start : start + CHUNK], start + CHUNK >= len(text)):
                self.read_item(chapter, CHAPTER, None)
        if not self.items:
            raise ReleaseFileError(path, "expected at least one chapter")
        self.parents = {item.parent for item in self.items.values() if item.parent}

    def read_item(self, element: Element, level: int, parent: FileItem | None) -> None:
        """Take `element` and everything below it into the list."""
        item = FileItem(
            level, self.read_code(element, level, parent), self.read_title(element, level), parent.key if parent else None
        )
        if item.key in self.items:
            raise self.fault(element, f"expected every code once; {item.code} stands here again")
        self.items[item.key] = item
        notes: list[FileNote] = []
        for child in element.children:
            if child.tag == BELOW_ELEMENT[level]:
                self.read_item(child, min(level + 1, BELOW), item)
            elif child.tag not in PASSED_OVER.get(level, {"name", "desc"}):
                notes += self.read_notes(child)
        item.notes = tuple(notes)

    def read_code(self, element: Element, level: int, parent: FileItem | None) -> str:
        """Return the code of `element`, which must have the form of its level and continue the code above it."""
        code = element.attributes.get("id", "").strip() if level == BLOCK else self.read_one(element, "name")
        if level == CHAPTER and not (code.isascii() and code.isdecimal() and len(code) <= MAX_LENGTH):
            raise self.fault(element, f"expected a chapter's number as its name, not “{code}”")
        if level == BLOCK and parse_block(code) != code:
            raise self.fault(element, f"expected a block's code such as M60-M63 as id, not “{code}”")
        if level == CATEGORY and (parse_code(code) != code or len(code) != CATEGORY_LENGTH):
            raise self.fault(element, f"expected a category (three characters) below the block, not “{code}”")
        if level == BELOW and parent and not (parse_code(code) == code and continues(code, parent.code)):
            raise self.fault(element, f"expected a dotted code that continues {parent.code}, not “{code}”")
        return code

    def read_title(self, element: Element, level: int) -> str:
        title = self.read_one(element, "desc")
        title = RANGE.sub("", title) if level <= BLOCK else title
        if not 0 < len(title) <= TITLE_LENGTH:
            raise self.fault(element, f"expected a title of 1 to {TITLE_LENGTH} characters")
        return title

    def read_one(self, element: Element, tag: str) -> str:
        """Return the text of the only child `tag`."""
        found = [child for child in element.children if child.tag == tag]
        if len(found) != 1:
            raise self.fault(element, f"expected one <{tag}>, not {len(found)}")
        return self.read_words(found[0])

    def read_words(self, element: Element) -> str:
        """Return the text of `element` with its white space folded: some titles hold tabs, and notes are indented."""
        if element.children:
            raise self.fault(element.children[0], f"expected nothing but text in <{element.tag}>")
        return fold(element.text)

    def read_notes(self, element: Element) -> list[FileNote]:
        """Return the notes in `element`, one a <note>. An empty one says nothing: the official file of April 2026 has one."""
        if element.tag == "sevenChrDef":
            return self.read_definitions(element)
        if element.tag == "visualImpairment":
            return read_visual_impairment(element)
        if element.tag not in NOTE_KINDS:
            raise self.fault(element, f"expected one of {', '.join(NOTE_KINDS)} or a subdivision")
        for child in element.children or [element]:
            if child.tag != "note" and (element.children or element.text.strip()):
                raise self.fault(child, f"expected a <note> in <{element.tag}>")
        texts = [self.read_words(child) for child in element.children]
        return [FileNote(NOTE_KINDS[element.tag], text) for text in texts if text]

    def read_definitions(self, element: Element) -> list[FileNote]:
        """Return the seventh characters that `element` defines; a <note> after one is another wording of the same character."""
        notes: list[FileNote] = []
        for child in element.children:
            if child.tag not in ("extension", "note") or (child.tag == "note" and not notes):
                raise self.fault(child, "expected an <extension> with its char, or a <note> after one")
            character = child.attributes.get("char", "") if child.tag == "extension" else notes[-1].character
            text = self.read_words(child)
            if not re.fullmatch("[0-9A-Z]", character) or (child.tag == "extension" and not text):
                raise self.fault(child, "expected one letter or digit as char, and its meaning")
            if child.tag == "extension" and any(note.character == character for note in notes):
                raise self.fault(child, f"expected the seventh character {character} to be defined once")
            if text:
                notes.append(FileNote("seventh-character", text, character))
        return notes

    def seventh_characters(self, item: FileItem) -> dict[str, str]:
        """Return {character: its meaning} of the nearest item with definitions, from `item` upwards."""
        here: FileItem | None = item
        while here:
            # Reversed, so that of two wordings the first stays.
            if found := {note.character: note.text for note in reversed(here.notes) if note.character}:
                return found
            here = self.items[here.parent] if here.parent else None
        return {}

    def fault(self, element: Element, expected: str) -> ReleaseFileError:
        return ReleaseFileError(self.path, f"<{element.tag}>: {expected}", element.line)


def read_visual_impairment(element: Element) -> list[FileNote]:
    """Return the one table of the tabular list (at H54.8) as notes, a row each, in the words of its headings."""
    if not element.children:
        return []
    head, *rows = element.children
    category, acuity, *limits = [fold(found.text) for found in descendants(head, "heading")] + [""] * 2
    notes = []
    for row in rows:
        value = " ".join(fold(found.text) for found in row.children if found.tag == "value")
        most, least = (
            [fold(found.text) for side in descendants(row, tag) for found in side.children] for tag in ("visMax", "visMin")
        )
        # Without a lower limit the row is a word, such as "No light perception".
        said = [f"{limit} {', '.join(values)}" for limit, values in zip(limits, (most, least), strict=False)] if least else most
        notes.append(FileNote("note", f"{category} {value}. {acuity}: {'; '.join(said)}"))
    return notes


def descendants(element: Element, tag: str) -> Iterator[Element]:
    for child in element.children:
        if child.tag == tag:
            yield child
        yield from descendants(child, tag)


# --- The lists ----------------------------------------------------------------------------------------------------------------


class FullList:
    """A full list of codes that agrees with `tabular`: it holds every code of it. Raises ReleaseFileError where it does not."""

    def __init__(self, path: Path, rows: list[ListedCode], tabular: TabularList):
        self.path = path
        self.rows: dict[str, ListedCode] = {}
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.code] = counts.get(row.code, 0) + 1
            # A code list that holds blocks names one of a single category twice: C50 the block, and C50 the category.
            if counts[row.code] > (2 if row.is_assignable is None and (True, row.code) in tabular.items else 1):
                raise ReleaseFileError(path, f"expected every code once; {row.code} stands here again", row.line)
            self.rows[row.code] = row
        expected = [undotted(item.code) for item in tabular.items.values() if item.level >= CATEGORY]
        self.refuse_missing([code for code in expected if code not in self.rows], tabular.path)

    def refuse_other_than(self, other: "FullList") -> None:
        self.refuse_missing([code for code in other.rows if code not in self.rows], other.path)
        other.refuse_missing([code for code in self.rows if code not in other.rows], self.path)

    def refuse_missing(self, codes: list[str], source: Path) -> None:
        if codes:
            some = ", ".join(codes[:3]) + (f" and {len(codes) - 3:,} more" if len(codes) > 3 else "")
            raise ReleaseFileError(self.path, f"expected every code of {source.name}; missing: {some} (is the file cut short?)")

    def extend(self, tabular: TabularList) -> None:
        """Add the codes that only the list holds to `tabular`: those made by a seventh character, below the code they extend."""
        extended: set[Key] = set()
        for row in self.rows.values():
            item = tabular.items.get((False, dotted(row.code)))
            if item:
                self.refuse_cut_title(row, item.title)
                continue
            base = self.find_base(row, tabular)
            item = FileItem(BELOW, dotted(row.code), self.make_title(row, base, tabular), base.key)
            extended.add(base.key)
            tabular.items[item.key] = item
        tabular.parents |= extended
        self.refuse_unextended(tabular)

    def find_base(self, row: ListedCode, tabular: TabularList) -> FileItem:
        """Return the item that `row` extends: its code without the seventh character and the placeholders X before it."""
        bare = row.code[:-1]
        while (False, dotted(bare)) not in tabular.items and bare.endswith("X"):
            bare = bare[:-1]
        base = tabular.items.get((False, dotted(bare)))
        if len(row.code) != MAX_LENGTH or not base or base.level < CATEGORY or base.key in tabular.parents:
            expected = f"expected a code of {tabular.path.name}, or one without subdivisions there and its seventh character"
            raise ReleaseFileError(self.path, f"{expected}; {row.code} is neither", row.line)
        return base

    def make_title(self, row: ListedCode, base: FileItem, tabular: TabularList) -> str:
        """Return the title of a code that extends `base`: the order file's, or made as that file makes them."""
        meaning = tabular.seventh_characters(base).get(row.code[-1])
        made = f"{base.title}, {meaning}" if meaning else ""
        if not (row.title or made):
            raise ReleaseFileError(
                self.path, f"expected {tabular.path.name} to define the seventh character of {row.code}", row.line
            )
        self.refuse_cut_title(row, made)
        if len(title := row.title or made) > TITLE_LENGTH:
            raise ReleaseFileError(self.path, f"expected a title of at most {TITLE_LENGTH} characters for {row.code}", row.line)
        return title

    def refuse_cut_title(self, row: ListedCode, title: str) -> None:
        if row.is_open and row.title != title and title.startswith(row.title):
            raise ReleaseFileError(self.path, f"expected the whole title of {row.code}, “{title}”; the file is cut short", row.line)

    def refuse_unextended(self, tabular: TabularList) -> None:
        """A code without subdivisions whose seventh characters are defined is never the whole code: lines are missing."""
        for key, item in tabular.items.items():
            is_whole = item.level < CATEGORY or len(undotted(item.code)) == MAX_LENGTH
            if not is_whole and key not in tabular.parents and tabular.seventh_characters(item):
                expected = f"expected codes with a seventh character for {item.code}, which {tabular.path.name} defines"
                raise ReleaseFileError(self.path, expected)

    def mark_assignable(self, tabular: TabularList) -> None:
        """Set the official flag, or make every code without subdivisions assignable: in a full list they are the same codes."""
        for key, item in tabular.items.items():
            if item.level >= CATEGORY:
                flag = self.rows[undotted(item.code)].is_assignable
                item.is_assignable = key not in tabular.parents if flag is None else flag


def read_codes(path: Path) -> list[ListedCode]:
    """Return the codes of a code list. Chapters and blocks in it say nothing that the tabular list does not, and are left out."""
    rows = []
    for number, line, _ in numbered_lines(path):
        text = line.strip()
        if code := parse_code(text):
            rows.append(ListedCode(undotted(code), number))
        elif not (parse_block(text) or text.isdecimal()):
            raise ReleaseFileError(
                path, f"expected one code such as M61249, a block or a chapter's number, not “{text[:40]}”", number
            )
    return rows


def read_order(path: Path) -> list[ListedCode]:
    """Return the codes of an order file with flag and long title."""
    rows = []
    last = 0
    for number, line, is_open in numbered_lines(path):
        place, code, flag, title = line[:5], line[6:13].rstrip(), line[14:15], fold(line[77:])
        if not place.isdecimal() or int(place) <= last:
            raise ReleaseFileError(path, f"expected an order number above {last} in columns 1-5, not “{place}”", number)
        if (parse_code(code) or "").replace(".", "") != code or not code:
            raise ReleaseFileError(path, f"expected a code without the dot in columns 7-13, not “{code}”", number)
        if flag not in ("0", "1"):
            raise ReleaseFileError(path, f"expected 0 or 1 in column 15, not “{flag}”", number)
        if (line[5:6] + line[13:14] + line[15:16] + line[76:77]).strip() or not title:
            raise ReleaseFileError(path, "expected blanks in columns 6, 14, 16 and 77, and the long title from column 78", number)
        last = int(place)
        rows.append(ListedCode(code, number, flag == "1", title, is_open))
    return rows


def numbered_lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield (number from 1, line, whether the file ends before the line does) for the lines that are not blank."""
    lines = read_text(path).split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line, number == len(lines)


def continues(code: str, parent: str) -> bool:
    return len(code) > len(parent) and undotted(code).startswith(undotted(parent))
