"""What the text of a revision costs its readers, part by part, and what of it keeps the revision from them.

It works on what `contents` returns, so that a saved revision and a form that is being filled in are looked at alike.
"""

import html
from collections.abc import Iterable, Iterator, Mapping

from conditions.contents import prose
from conditions.glossary import Entry
from conditions.models import Article, GlossaryTerm, Name, Revision, Section
from conditions.plain_language import HARDEST, Findings, examine


def check(content: dict, language: str, explained_forms: Iterable[str] = (), own_names: Iterable[str] = ()) -> dict[str, Findings]:
    """Return {part: what its text costs} for every part of `content` that has words, in its order.

    Parts are named as the fields of a draft's form are: “summary”, “sections-0-body”, “sections-0-gated_body” (members' text),
    “care_cards-0-body”; the number is the place in `content`. `explained_forms` and `own_names` (see below; the title is among
    them anyhow) tell which words are not hard here. Without them the grades are the same.
    """
    known = {"explained": frozenset(explained_forms), "own_names": [content["title"], *own_names]}
    parts = {
        key: examine(markup, language, part, gated=gated, **known)
        for key, part, markup, gated in readable_parts(content)
        if markup.strip()
    }
    return {key: findings for key, findings in parts.items() if findings.words}


def readable_parts(content: dict) -> Iterator[tuple[str, str, str, str]]:
    """Yield (key, how an editor knows it, HTML, members' text in its place) of everything that is read in sentences."""
    yield "summary", "the summary", html.escape(content["summary"]), ""
    for place, section in enumerate(content["sections"]):
        name = f"the section “{heading_of(section)}”"
        gated = section["gated_body"] if section["audience"] == Section.Audience.MEMBERS else ""
        yield f"sections-{place}-body", f"the teaser of {name}" if gated else name, section["body"], gated
        yield f"sections-{place}-gated_body", f"the members' text of {name}", section["gated_body"], ""
    for place, card in enumerate(content["care_cards"]):
        yield f"care_cards-{place}-body", f"the care card “{card['heading']}”", card["body"], ""


def heading_of(section: dict) -> str:
    """Return the heading, or the kind where none is written yet."""
    return section["heading"] or dict(Section.Kind.choices).get(section["kind"], "without a heading")


def grade(findings: Mapping[str, Findings]) -> float | None:
    """Return the grade of the hardest part, None where none is long enough to have one: it is `Revision.grade`."""
    return max((part.grade for part in findings.values() if part.grade is not None), default=None)


def reasons(findings: Mapping[str, Findings], hard_because: str) -> list[str]:
    """Return a sentence for each part that is too hard for readers, unless it is written down why it cannot be plainer."""
    if hard_because.strip():
        return []
    return [
        f"{begun(part.part)} reads at grade {part.grade}; aim for 6 to 7, {HARDEST:g} at most. Shorten its longest sentences, "
        "or say under “Why it is hard to read” why it cannot be said more plainly."
        for part in findings.values()
        if part.is_too_hard
    ]


def begun(text: str) -> str:
    """Return `text` as a sentence begins with it."""
    return text[:1].upper() + text[1:]


# --- What the database knows ------------------------------------------------------------------------------------------------


def explained_forms(language: str) -> frozenset[str]:
    """Return every form of a word that the glossary explains on pages in `language`."""
    rows = GlossaryTerm.objects.shown(language).values_list("pk", "term", "other_forms", "definition")
    return frozenset(form for row in rows for form in Entry(*row).forms)


def own_names(article: Article) -> list[str]:
    """Return what the article's condition is called beside its title."""
    return list(Name.objects.of_article(article).values_list("text", flat=True))


def fill_grades(at_once: int = 100) -> int:
    """Give published revisions their grade that were published before grades were kept; return how many got one.

    What is too short for a grade, or not in English, is looked at by every call and stays without. It takes `at_once` texts at a
    time and can be interrupted and repeated: a published text changes no more.
    """
    without = Revision.objects.published().filter(grade=None, article__language__startswith="en")
    count, last = 0, 0
    while batch := list(without.filter(pk__gt=last).select_related("article").order_by("pk")[:at_once]):
        for revision in batch:
            found = grade(check(prose(revision), revision.article.language))
            if found is not None:
                count += Revision.objects.filter(pk=revision.pk, grade=None).update(grade=found)
        last = batch[-1].pk
    return count
