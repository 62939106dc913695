"""What an article file measures: how long its parts are, and how hard to read."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from conditions.loading.article_files import ArticleFile
from conditions.reading import Reading, read, sentences

SHORTEST = 6  # words: of fewer the grade says nothing


@dataclass(frozen=True)
class HardSentence:
    grade: float
    slug: str
    part: str
    text: str


def parts(article: ArticleFile) -> dict[str, str]:
    """Return {part: HTML} of what readers read of `article`, in the order of the page. Members' texts are parts of their own."""
    found = {"summary": html.escape(article.summary)}
    for section in article.sections:
        found[section.kind] = section.body
        if section.gated_body:
            found[f"{section.kind}, members"] = section.gated_body
    return found | {f"card {place}, {card['urgency']}": card["body"] for place, card in enumerate(article.care_cards, start=1)}


def readings(article: ArticleFile) -> dict[str, Reading]:
    """Return {part: its counts}."""
    return {part: read([markup]) for part, markup in parts(article).items()}


def public_and_gated(article: ArticleFile) -> tuple[Reading, Reading]:
    """Return the counts of all that everybody reads, and of all that members read in the teasers' place."""
    public = [markup for part, markup in parts(article).items() if not part.endswith(", members")]
    return read(public), read(section.gated_body for section in article.sections)


def hard_sentences(article: ArticleFile) -> Iterator[HardSentence]:
    """Yield every sentence of `article` that is long enough to have a grade."""
    for part, markup in parts(article).items():
        for sentence in sentences(markup):
            reading = read([sentence])
            if reading.words >= SHORTEST:
                yield HardSentence(reading.grade, article.slug, part, sentence)
