from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from conditions.loading.exporting import export_articles, faults_of, note_export
from conditions.models import Revision
from conditions.text import counted


class Command(BaseCommand):
    help = (
        "Write every published article to a file of its own in DIR, and its pictures to DIR/pictures (docs/article-files.md). With "
        "--with-gated the files hold the members' text and load back to the same articles; without it they hold teasers alone and "
        "cannot be loaded. DIR is made where there is none. Each export is in the audit."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--with-gated", action="store_true", help="write the members' text too: keep such files to yourself")
        parser.add_argument(
            "--overwrite", action="store_true", help="write into a folder that is not empty, over files of the same names"
        )

    def handle(self, *, folder, with_gated, overwrite, verbosity, **options):
        console = Console(stderr=True)
        hidden = verbosity == 0 or not console.is_terminal
        revisions = list(Revision.objects.published().select_related("article").order_by("article__slug", "article__language"))
        try:
            before = set(folder.iterdir()) if folder.exists() else set()
            if before and not overwrite:
                raise CommandError(
                    f"{folder} is not empty. Name an empty folder, or say --overwrite to write over files of the same names in it."
                )
            note_export(revisions, with_gated)
            report = export_articles(
                revisions,
                folder,
                with_gated,
                lambda found: track(found, "Writing articles", console=console, disable=hidden, transient=True),
            )
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror or error}.") from None
        for path, name in report.missing:
            self.stderr.write(f"{path}: the picture {name} is missing from the site's files.")
        # Files without members' text cannot be loaded anyway.
        missing = {path for path, _ in report.missing}
        for fault in faults_of(path for path in report.articles if with_gated and path not in missing):
            self.stderr.write(f"To be mended before it is loaded: {fault}")
        if not verbosity:
            return
        others = {path for path in before if path.suffix in (".md", ".html")} - set(report.articles)
        for path in sorted(others):
            self.stdout.write(f"{path}: was there before and is left as it is; no published article has this name.")
        told = f"{counted(len(report.articles), 'article')} and {counted(len(report.pictures), 'picture')}"
        self.stdout.write(f"Exported {told} to {folder}, {'with' if with_gated else 'without'} members' text.")
