from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conditions.loading.faults import FileFaults
from conditions.loading.names import LAY_NAMES, load_lay_names
from conditions.management.after_load import bring_index_in_step


class Command(BaseCommand):
    help = (
        "Load a list of lay names (code, name, shown or hidden; docs/names.md): without a file the one that comes with Plainwell. "
        "The list is checked against the classification that is loaded, and written whole or not at all. Names that it no longer "
        "holds are removed, those of editors stay; the same list writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, default=LAY_NAMES, metavar="FILE")

    def handle(self, *, path, verbosity, **options):
        try:
            report = load_lay_names(path)
        except FileFaults as error:
            raise CommandError(error.told) from None
        if verbosity:
            self.stdout.write(report.told("names"))
            if report.gated:
                lines = ", ".join(map(str, report.gated))
                self.stdout.write(
                    f"Names that share six words with members' text: lines {lines}. Say it in other words there: names are public."
                )
        bring_index_in_step(self.stdout, verbosity)
