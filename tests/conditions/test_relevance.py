"""Whether readers find what they mean: the held-back part of relevance.tsv, on the whole classification with its names.

The search was never tuned on that part, nor may it be: it would measure nothing then. A result counts where one of the codes
that it stands for is the expected one, stands below it, or is a category or code above it that folds it in.
"""

from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from conditions.finding import codes, keeping, opening
from conditions.finding.query import Index, find
from conditions.loading.names import LAY_NAMES
from conditions.models import ArticleItem, Item
from conditions.models.classification import CATEGORY_PATH

FIRST = 5
LEAST = {"all": 0.95, "code": 0.99, "name": 0.99, "misspelt": 0.90}
ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("relevance.tsv").read_text("utf-8").splitlines()
    if not line.startswith(("#", "part\t"))
]


def test_the_set_is_large_and_its_parts_have_nothing_in_common():
    parts = {part: [row for row in ROWS if row[0] == part] for part in ("tune", "held")}
    assert {len(rows) >= 150 for rows in parts.values()} == {True}
    assert sum(kind == "misspelt" for _, kind, _, _ in parts["held"]) >= 40
    assert len({query for _, _, query, _ in ROWS}) == len(ROWS)


@pytest.fixture
def whole_site(db):
    """The classification, the lay names, the glossary and the shipped articles, indexed."""
    call_command("load_classification", verbosity=0)
    call_command("load_names", LAY_NAMES, verbosity=0)
    call_command("load_glossary", verbosity=0)
    call_command("load_articles", settings.BASE_DIR / "conditions" / "articles", verbosity=0)
    keeping.rebuild()


def test_what_readers_mean_is_among_the_first_five(whole_site, record_property):
    asked, found, misses = Counter(), Counter(), []
    judge = Judge()
    for part, kind, query, expected in ROWS:
        if part != "held":
            continue
        is_hit = judge.is_hit(query, expected.split(","))
        for group in ("all", kind):
            asked[group] += 1
            found[group] += is_hit
        misses += [] if is_hit else [f"{kind}: “{query}” for {expected}"]
    shares = {group: found[group] / asked[group] for group in asked}
    told = ", ".join(f"{group} {found[group]}/{asked[group]} ({share:.1%})" for group, share in shares.items())
    record_property("told", f"Among the first five: {told}. Missed: {'; '.join(misses) or 'nothing'}.")
    assert {group: shares[group] for group in LEAST if shares[group] < LEAST[group]} == {}


class Judge:
    def __init__(self):
        self.index = Index(*opening.ready_searcher())
        rows = Item.objects.order_by("-is_block").values_list("pk", "code", "path")  # a category over a block of its name
        self.paths_of_pks = {pk: path for pk, _, path in rows}
        self.paths_of_codes = {code: path for _, code, path in rows}
        self.attached = {}
        for article, path in ArticleItem.objects.values_list("article", "item__path"):
            self.attached.setdefault(article, []).append(path)

    def is_hit(self, query, expected):
        wanted = [self.paths_of_codes[code] for code in expected]
        return any(stands_for(path, each) for paths in self.first_paths(query) for path in paths for each in wanted)

    def first_paths(self, query):
        """Return the paths of what each of the first results stands for, as the search page would show them."""
        code = codes.read_code(query)
        if item := code and (codes.item_of(code) or codes.nearest_item(code)):
            return [[item.path]]
        results = find(self.index, query).results[:FIRST]
        return [
            [self.paths_of_pks[pk] for pk in (result.item, *result.members) if pk] + self.attached.get(result.article, [])
            for result in results
        ]


def stands_for(path, wanted):
    return path.startswith(wanted) or (wanted.startswith(path) and len(path) >= CATEGORY_PATH)
