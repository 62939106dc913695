from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from conditions.loading.release_files import ReleaseFileError, choose_files, read_release
from conditions.loading.releases import load_release
from conditions.management.after_load import bring_index_in_step
from conditions.progress import shown_progress

SHOWN = 10  # entries of a list, unless verbosity 2 asks for all


class Command(BaseCommand):
    help = (
        "Load a release of ICD-10-CM: without files the April 2026 release that comes with Plainwell, otherwise the official files "
        "of CMS or NCHS (tabular list XML with the order file or the full code list). Everything is checked before anything is "
        "written, and it is written whole or not at all. Run it at installation and for each new release, in April and October; "
        "the same content writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--tabular", type=Path, metavar="FILE", help="tabular list, XML (icd10cm_tabular_2027.xml)")
        parser.add_argument("--codes", type=Path, metavar="FILE", help="full list of codes, one a line")
        parser.add_argument("--order", type=Path, metavar="FILE", help="order file, fixed width (icd10cm_order_2027.txt)")
        parser.add_argument("--release", default="", metavar="NAME", help='what readers call it, such as "October 2026"')

    def handle(self, *, tabular, codes, order, release, verbosity, **options):
        try:
            files = choose_files(tabular, codes, order, release)
            with shown_progress(self.stdout, verbosity) as progress:
                progress("Reading the files", 0, 1)
                content = read_release(files)
                progress("Reading the files", 1, 1)
                report = load_release(content, files.name, progress)
        except (ReleaseFileError, ValidationError) as error:
            reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise CommandError(f"{reason.removesuffix('.')}. Nothing was written.") from None
        if verbosity:
            self.print_report(report, SHOWN if verbosity < 2 else None)
        bring_index_in_step(self.stdout, verbosity)

    def print_report(self, report, shown):
        """Print what was loaded and what changed by it, at most `shown` entries of a list."""
        if report.is_unchanged:
            self.stdout.write(f"{report.release} is in force with this very content: nothing was written.")
            return
        chapters, blocks, categories, below = (report.levels.get(level, 0) for level in (1, 2, 3, 4))
        levels = f"{chapters:,} chapters, {blocks:,} blocks, {categories:,} categories, {below:,} below"
        count = f"{sum(report.levels.values()):,} items ({levels}), {report.assignable:,} assignable"
        self.stdout.write(f"{'Corrected' if report.is_correction else 'Loaded'} {report.release}: {count}.")
        if report.is_first:
            return
        for words in ("added", "subdivided", "moved", "retired", "revived"):
            self.print_list(words.capitalize(), ", ", getattr(report, words), shown)
        self.print_list("Retitled", "\n  ", [f"{code}: “{before}” → “{now}”" for code, before, now in report.retitled], shown)
        self.print_list("Other notes", ", ", report.noted, shown)
        articles = [f"{article}: {cut(', ', article.changes, shown)}" for article in report.articles]
        self.print_list("Articles to look at", "\n  ", articles, shown)

    def print_list(self, title, separator, entries, shown):
        if entries:
            self.stdout.write(f"{title} ({len(entries):,}):{separator.lstrip(',')}{cut(separator, entries, shown)}")


def cut(separator, entries, shown):
    """Return at most `shown` of `entries` (all of them for None) in one text, which says how many more there are."""
    more = len(entries) - len(entries[:shown])
    return separator.join([*entries[:shown], *([f"… and {more:,} more"] if more else [])])
