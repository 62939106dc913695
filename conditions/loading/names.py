"""Writes names of items that come in lists: Plainwell's own lay names, and the terms of the official index.

A list is the whole truth about its names: those that it no longer holds are removed, those of editors are never touched.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from conditions.changes import ask_to_reindex, ask_to_reindex_all, lock_counter
from conditions.codes import MAX_LENGTH, parse_item, undotted
from conditions.loading.faults import Fault, FileFaults, read_rows
from conditions.loading.index_terms import read_index_terms
from conditions.models import GatedText, Item, Name
from conditions.overlap import RUN_LENGTH, shared_run
from conditions.text import words_of

LAY_NAMES = settings.BASE_DIR / "conditions" / "data" / "lay-names-en.tsv"
LONGEST = 200  # characters
BATCH = 900  # rows read or written at a time


@dataclass(frozen=True)
class ListedName:
    """A name as a list has it. `code` is dotted; `line` counts from 1."""

    code: str
    text: str
    is_shown: bool
    line: int


@dataclass
class Report:
    """What a load of a list did, in entries. `known` are those that an editor gave already, or our own list."""

    listed: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    known: int = 0
    gated: list[int] = field(default_factory=list)  # lines of entries that share six words with gated text

    def told(self, entries: str) -> str:
        """Say the figures in one line; `entries` is what the list holds."""
        counts = f"{self.added:,} added, {self.changed:,} changed, {self.removed:,} removed, {self.known:,} known from editors"
        return f"{self.listed:,} {entries}: {counts}."


@dataclass
class IndexReport:
    """What a load of the official index did; the terms that were left out are counted by reason."""

    written: Report = field(default_factory=Report)
    unresolved: int = 0  # lead to no term with a code
    too_long: int = 0
    unknown: list[str] = field(default_factory=list)  # codes that the loaded release does not have


def load_lay_names(path: Path = LAY_NAMES) -> Report:
    """Make the database hold the list at `path`. Raises FileFaults with every fault as file, line and what was expected."""
    names, faults = read_names(path)
    return write_names(path, names, faults, Name.Origin.LIST)


def load_index_terms(paths: Iterable[Path]) -> IndexReport:
    """Make the database hold the terms of the official index files at `paths`, hidden: they lead search, and stand on no page.

    The files are of an edition of their own: terms whose code the loaded release does not have are left out and counted. Raises
    ReleaseFileError.
    """
    report = IndexReport()
    found: dict[tuple[str, str], ListedName] = {}
    for path in paths:
        terms = read_index_terms(path)
        report.unresolved += terms.unresolved
        for name in terms.names:
            if len(name.text) <= LONGEST:
                found.setdefault((name.code, name.text.lower()), ListedName(name.code, name.text, False, name.line))
            else:
                report.too_long += 1
    with transaction.atomic():
        lock_counter()  # one load after the other
        items = find_items(found.values())
        names = []
        for name in found.values():
            item = items.get(name.code)
            if item is None or item.retired_in_id or item.level == Item.Level.CHAPTER:
                report.unknown.append(name.code)
            elif name.text.lower() != item.title.lower():
                names.append(name)
        report.written = replace_names(names, items, Name.Origin.INDEX)
    return report


def read_names(path: Path) -> tuple[list[ListedName], list[Fault]]:
    """Return the names in `path` and the faults of its form: lines of code, name, and shown or hidden, parted by tabs."""
    rows, faults = read_rows(path, "code, name, shown or hidden", 3)
    names = []
    for number, (written, text, visibility) in rows:
        if visibility not in ("shown", "hidden"):
            faults.append(Fault(path, number, "visibility", f"expected shown or hidden, found {visibility!r}"))
        if not 0 < len(text) <= LONGEST or any(character in text for character in "\x00<>"):
            faults.append(Fault(path, number, "name", f"expected 1 to {LONGEST} characters of plain text, found {text!r}"))
        names.append(ListedName(parse_item(written) or written, text, visibility == "shown", number))
    return names, faults


def write_names(path: Path, names: list[ListedName], faults: list[Fault], origin: str) -> Report:
    """Check `names` against the classification and make the database hold just them as the names of `origin`."""
    with transaction.atomic():
        lock_counter()  # one load after the other
        items = find_items(names)
        faults = faults + place_faults(path, names, items)
        if faults:
            raise FileFaults(sorted(faults, key=lambda fault: fault.line))
        return replace_names(names, items, origin)


def find_items(names: Iterable[ListedName]) -> dict[str, Item]:
    """Return {code: item} for the codes of `names`, read in batches."""
    codes = sorted({name.code for name in names})
    items: dict[str, Item] = {}
    for start in range(0, len(codes), BATCH):
        items |= Item.objects.by_code(codes[start : start + BATCH])
    return items


def place_faults(path: Path, names: list[ListedName], items: dict[str, Item]) -> list[Fault]:
    """Return the faults of names at codes that there are not, at the wrong level, or twice."""
    faults = []
    seen: dict[tuple[str, str], int] = {}
    for name in names:
        item = items.get(name.code)
        if item is None or item.retired_in_id:
            expected = f"expected a code of the classification that is loaded, found {name.code!r}"
            faults.append(Fault(path, name.line, "code", expected))
            continue
        if item.level == Item.Level.CHAPTER or (len(undotted(item.code)) == MAX_LENGTH and not item.is_block):
            expected = f"expected a block, or a code without its seventh character, found {name.code!r}"
            faults.append(Fault(path, name.line, "code", expected))
        if name.text.lower() == item.title.lower():
            faults.append(Fault(path, name.line, "name", f"expected another name than the title of {name.code}"))
        first = seen.setdefault((name.code, name.text.lower()), name.line)
        if first != name.line:
            faults.append(Fault(path, name.line, "name", f"expected {name.text!r} once for {name.code}; line {first} has it"))
    return faults


def lines_in_gated_text(names: Iterable[ListedName], items: dict[str, Item]) -> list[int]:
    """Return the lines of names that have six words in a row in common with a gated text of an article at their item.

    They are loaded all the same: a list is public elsewhere, and what readers get must not depend on gated text. The article says
    it in other words; `leakcheck` names it until it does, and so does publishing.
    """
    long = [name for name in names if len(words_of(name.text)) >= RUN_LENGTH]
    gated = gated_texts_of({items[name.code].pk for name in long})
    return [
        name.line for name in long if any(shared_run([html.escape(name.text)], text) for text in gated.get(items[name.code].pk, ()))
    ]


def gated_texts_of(items: set[int]) -> dict[int, list[str]]:
    """Return {item's pk: the gated texts of the articles attached to it}."""
    rows = GatedText.objects.filter(section__revision__article__attachments__item__isnull=False)
    texts: dict[int, list[str]] = {}
    for item, body in rows.values_list("section__revision__article__attachments__item", "body"):
        if item in items:
            texts.setdefault(item, []).append(body)
    return texts


def replace_names(names: list[ListedName], items: dict[str, Item], origin: str) -> Report:
    """Write the difference between `names` and the names of `origin` in the database, and ask finding to look at it."""
    report = Report(listed=len(names), gated=lines_in_gated_text(names, items))
    of_language = Name.objects.filter(article=None, language=settings.LANGUAGE_CODE)
    before = {(name.item_id, name.text.lower()): name for name in of_language.filter(origin=origin)}
    others = {(name.item_id, name.text.lower()): name for name in of_language.exclude(origin=origin)}
    touched: dict[int, Item] = {}
    new, changed = [], []
    for name in names:
        item = items[name.code]
        key = (item.pk, name.text.lower())
        found = others.get(key)
        if found and (found.origin == Name.Origin.EDITOR or origin == Name.Origin.INDEX):
            report.known += 1
        elif found := found or before.pop(key, None):  # a term of the official index gives way to a name of ours
            if (found.text, found.is_shown, found.origin) != (name.text, name.is_shown, origin):
                found.text, found.is_shown, found.origin = name.text, name.is_shown, origin
                changed.append(found)
                touched[item.pk] = item
        else:
            new.append(Name(item=item, text=name.text, is_shown=name.is_shown, origin=origin))
            touched[item.pk] = item
    gone = list(before.values())
    for start in range(0, len(gone), BATCH):
        Name.objects.filter(pk__in=[name.pk for name in gone[start : start + BATCH]]).delete()
    Name.objects.bulk_create(new, BATCH)
    Name.objects.bulk_update(changed, ["text", "is_shown", "origin"], BATCH)
    report.added, report.changed, report.removed = len(new), len(changed), len(gone)
    if len(gone) > BATCH:
        ask_to_reindex_all()
    else:
        ask_to_reindex(items=[*touched.values(), *Item.objects.filter(pk__in={name.item_id for name in gone} - touched.keys())])
    return report
