from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conditions.loading.faults import FileFaults
from conditions.loading.glossary import GLOSSARY, load_glossary


class Command(BaseCommand):
    help = (
        "Load a glossary (term, other forms, definition; docs/glossary.md): without a file the one that comes with Plainwell. The "
        "list is written whole or not at all. Words that it no longer holds are removed, those of editors stay."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, default=GLOSSARY, metavar="FILE")

    def handle(self, *, path, verbosity, **options):
        try:
            report = load_glossary(path)
        except FileFaults as error:
            raise CommandError(error.told) from None
        if verbosity:
            self.stdout.write(report.told("words"))
            if report.gated:
                lines = ", ".join(map(str, report.gated))
                self.stdout.write(f"Definitions that share six words with members' text: lines {lines}. Say it in other words.")
