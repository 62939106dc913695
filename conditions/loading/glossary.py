"""Writes Plainwell's glossary: a list that is whole, beside what editors wrote, which is never touched."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from conditions.changes import lock_counter
from conditions.loading.faults import Fault, FileFaults, read_rows
from conditions.loading.names import Report
from conditions.models import GatedText, GlossaryTerm
from conditions.overlap import shared_runs

GLOSSARY = settings.BASE_DIR / "conditions" / "data" / "glossary-en.tsv"
LONGEST = {"term": 80, "other_forms": 300, "definition": 300}  # characters


def load_glossary(path: Path = GLOSSARY) -> Report:
    """Make the database hold the list at `path`. Raises FileFaults with every fault as file, line and what was expected."""
    listed = read_glossary(path)
    report = Report(listed=len(listed))
    with transaction.atomic():
        lock_counter()  # one load after the other
        before = {term.term.lower(): term for term in GlossaryTerm.objects.filter(language=settings.LANGUAGE_CODE)}
        written = {}
        for line, fields in listed.items():
            term = before.pop(fields["term"].lower(), None)
            if term and term.origin == GlossaryTerm.Origin.EDITOR:
                report.known += 1
            elif term is None or any(getattr(term, name) != value for name, value in fields.items()):
                report.added += term is None
                report.changed += term is not None
                term = term or GlossaryTerm(origin=GlossaryTerm.Origin.LIST)
                for name, value in fields.items():
                    setattr(term, name, value)
                term.save()
                written[line] = term
        gone = [term.pk for term in before.values() if term.origin == GlossaryTerm.Origin.LIST]
        report.removed, _ = GlossaryTerm.objects.filter(pk__in=gone).delete()
    report.gated = lines_in_gated_text(written)
    return report


def read_glossary(path: Path) -> dict[int, dict[str, str]]:
    """Return {line: fields} of the words in `path`, lines of term, other forms and definition parted by tabs. Raises FileFaults."""
    rows, faults = read_rows(path, "term, other forms and definition", len(LONGEST))
    listed: dict[int, dict[str, str]] = {}
    seen: dict[str, int] = {}
    for number, cells in rows:
        fields = dict(zip(LONGEST, cells, strict=True))
        for name, value in fields.items():
            least = 0 if name == "other_forms" else 1
            if not least <= len(value) <= LONGEST[name] or "\x00" in value:
                expected = f"expected {least} to {LONGEST[name]} characters of plain text, found {value!r}"
                faults.append(Fault(path, number, name.replace("_", " "), expected))
        first = seen.setdefault(fields["term"].lower(), number)
        if first != number:
            faults.append(Fault(path, number, "term", f"expected {fields['term']!r} once; line {first} has it"))
        listed[number] = fields
    if faults:
        raise FileFaults(sorted(faults, key=lambda fault: fault.line))
    return listed


def lines_in_gated_text(written: dict[int, GlossaryTerm]) -> list[int]:
    """Return the lines of definitions that have six words in a row in common with gated text, as `load_lay_names` does of names.

    They are loaded all the same: the list is public elsewhere, and what readers get must not depend on gated text.
    """
    gated = GatedText.objects.values_list("body", flat=True).iterator() if written else []
    return sorted(shared_runs({line: term.public_text for line, term in written.items()}, gated))
