from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conditions.loading.names import load_index_terms
from conditions.loading.official_xml import ReleaseFileError
from conditions.management.after_load import bring_index_in_step

SHOWN = 10  # codes of a list


class Command(BaseCommand):
    help = (
        "Load the terms of the official index of ICD-10-CM as hidden names, which lead search: the Alphabetic Index, the Index to "
        "External Causes and the Table of Neoplasms, XML of NCHS. Name all the files that are to count; terms of a file that is "
        "not named any more are removed. The files are read whole before anything is written; the same files write nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, paths, verbosity, **options):
        try:
            report = load_index_terms(paths)
        except ReleaseFileError as error:
            raise CommandError(f"{str(error).removesuffix('.')}. Nothing was written.") from None
        if verbosity:
            self.print_report(report)
        bring_index_in_step(self.stdout, verbosity)

    def print_report(self, report):
        written = report.written
        self.stdout.write(
            f"{written.listed:,} terms: {written.added:,} added, {written.removed:,} removed, {written.known:,} known as names."
        )
        self.stdout.write(
            f"Left out: {report.unresolved:,} that lead to no term with a code, {report.too_long:,} too long, "
            f"{len(report.unknown):,} whose code this release does not have."
        )
        if report.unknown:
            codes = sorted(set(report.unknown))
            self.stdout.write(f"Such codes: {', '.join(codes[:SHOWN])}{' …' if len(codes) > SHOWN else ''}")
