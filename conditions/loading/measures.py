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


def public_parts(article: ArticleFile) -> dict[str, str]:
    """Return {part: HTML} of what everybody reads of `article`."""
    sections = {section.kind: section.body for section in article.sections}
    cards = {f"card {place}, {card['urgency']}": card["body"] for place, card in enumerate(article.care_cards, start=1)}
    return {"summary": html.escape(article.summary)} | sections | cards


def gated_parts(article: ArticleFile) -> dict[str, str]:
    """Return {part: HTML} of what members read of `article` in the teasers' place."""
    return {f"{section.kind}, members": section.gated_body for section in article.sections if section.gated_body}


def parts(article: ArticleFile) -> dict[str, str]:
    return public_parts(article) | gated_parts(article)


def readings(article: ArticleFile) -> dict[str, Reading]:
    """Return {part: its counts}."""
    return {part: read([markup]) for part, markup in parts(article).items()}


def public_and_gated(article: ArticleFile) -> tuple[Reading, Reading]:
    """Return the counts of all that everybody reads, and of all that members read in the teasers' place."""
    return read(public_parts(article).values()), read(gated_parts(article).values())


def hard_sentences(article: ArticleFile) -> Iterator[HardSentence]:
    """Yield every sentence of `article` that is long enough to have a grade."""
    for part, markup in parts(article).items():
        for sentence in sentences(markup):
            reading = read([sentence])
            if reading.words >= SHORTEST:
                yield HardSentence(reading.grade, article.slug, part, sentence)
