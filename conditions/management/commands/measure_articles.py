from heapq import nlargest
from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from conditions.codes import parse_item
from conditions.loading.article_files import ArticleFileError, read_article_file
from conditions.loading.articles import find_files
from conditions.loading.measures import hard_sentences, public_and_gated, readings
from conditions.models import Item

COLUMNS = ["article", "codes", "chapter", "sections", "words, public", "words, members", "grade, public", "grade, members"]
COLUMNS += ["hardest part", "references"]


class Command(BaseCommand):
    help = (
        "Measure article files: words and reading grade (Flesch-Kincaid, for English) of what everybody reads and of what members "
        "read, and the hardest sentences. Prints a Markdown table; needs no database, but for the chapters, and writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="an article file, or a folder of them")
        parser.add_argument("--hardest", type=int, default=10, metavar="N", help="how many of the hardest sentences to print (10)")

    def handle(self, *, paths, hardest, **options):
        try:
            articles = [read_article_file(path) for path in find_files(paths)]
        except ArticleFileError as error:
            raise CommandError(error.told) from None
        for cells in [COLUMNS, ["---"] * len(COLUMNS), *map(row, articles)]:
            self.stdout.write(f"| {' | '.join(map(str, cells))} |")
        self.stdout.write("")
        for sentence in nlargest(hardest, chain.from_iterable(map(hard_sentences, articles)), key=lambda found: found.grade):
            self.stdout.write(f"{sentence.grade:.1f}  {sentence.slug}, {sentence.part}: {sentence.text}")


def row(article):
    public, gated = public_and_gated(article)
    hardest, reading = max(readings(article).items(), key=lambda part: part[1].grade)
    codes = [code for code, _ in article.codes]
    return [
        *(article.title, ", ".join(codes), chapter_of(codes[0]), len(article.sections)),
        *(public.words, gated.words, f"{public.grade:.1f}", f"{gated.grade:.1f}", f"{hardest} {reading.grade:.1f}"),
        len(article.references),
    ]


def chapter_of(code):
    """Return the number of the chapter of `code`, or a dash where no classification with it is loaded."""
    try:
        item = next(iter(Item.objects.by_code({parse_item(code)}).values()), None)
        return int(Item.objects.with_ancestors_of(item.path)[0].code) if item else "–"
    except DatabaseError:  # the files can be measured before there is a site
        return "–"
