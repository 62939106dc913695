from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from conditions.loading.article_files import ArticleFileError
from conditions.loading.articles import load_articles


class Command(BaseCommand):
    help = (
        "Load article files, or folders of them, one article a file (docs/article-files.md). Every file is checked before anything "
        "is written. A file publishes a new article, or one that was published from a file; over an editor's text it drafts. "
        "Unchanged files write nothing: run it as often as you like."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *, paths, dry_run, verbosity, **options):
        console = Console(stderr=True)
        hidden = verbosity == 0 or not console.is_terminal
        try:
            report = load_articles(
                paths, dry_run, lambda files: track(files, "Reading articles", console=console, disable=hidden, transient=True)
            )
        except ArticleFileError as error:
            raise CommandError(error.told) from None
        if verbosity:
            for path, sentence in [*report.published, *report.drafted]:
                self.stdout.write(f"{path}: {sentence}")
            counts = f"{len(report.published)} published, {len(report.drafted)} drafted, {len(report.unchanged)} unchanged"
            self.stdout.write(f"{'Would load' if dry_run else 'Articles'}: {counts}.")
