"""Names that a beginning may become, and names near to words that led nowhere. Public text alone, the same for everybody."""

from collections.abc import Set

from django.conf import settings
from django.utils.text import capfirst
from tantivy import Occur, Query

from conditions.codes import dotted, undotted
from conditions.finding.codes import read_code
from conditions.finding.documents import HIDDEN, OFFICIAL
from conditions.finding.query import Candidate, Index, Scale, all_slots, group_of, in_order, serving, term
from conditions.finding.schema import stem, words_in
from conditions.finding.words import CORRECTED, Question, Slot, understand
from conditions.models import Item, Revision

CANDIDATES = 80
BEGINS = 0.4  # a name that begins as it was typed


def suggest(index: Index, text: str, most: int) -> list[dict[str, str]]:
    """Return up to `most` suggestions as {"name", "note", "url"}. Two queries to the database at most."""
    code = read_code(text)
    if code and (found := of_code(index, code, most)):
        return found
    question = open_question(index, text)
    if not question.slots:
        return []
    query = all_slots(question, ["name"], len(question.slots))
    hits = index.searcher.search(query, CANDIDATES, count=False).hits
    typed = " ".join(words_in(text))
    scale = Scale(index, question)
    weighed, as_typed = [], set()
    for _, address in hits:
        candidate = scale.weigh(index.told(address))
        if " ".join(words_in(candidate.told["n"])).startswith(typed):
            as_typed.add(candidate.key)
            candidate = Candidate(candidate.key, candidate.told, candidate.score + BEGINS)
        weighed.append(candidate)
    return told_once(index, weighed, most, as_typed)


def open_question(index: Index, text: str) -> Question:
    """Return the question of a beginning: its last word stands for all words that begin so."""
    words = words_in(text)
    if not words or text[-1:].isspace():
        return understand(text, index.words)
    asked = understand(text, index.words, ends_open=True)
    last = words[-1]
    alternatives = {(stem(word),): 1.0 if word == last else 0.95 for word in index.words.completions(last)}
    if not alternatives:
        alternatives = {(stem(word),): CORRECTED * likelihood for word, likelihood in index.words.near(last)}
    if not alternatives:
        return Question()
    return Question((*asked.slots, Slot(last, alternatives)), asked.sides, asked.wholes, asked.corrected, asked.words)


def of_code(index: Index, code: str, most: int) -> list[dict[str, str]]:
    """Return the codes that begin with `code`, in their order."""
    begun = sorted(bare.upper() for bare, _ in index.searcher.terms_with_prefix("code", undotted(code).lower()))[:most]
    codes = [bare if "-" in bare else dotted(bare) for bare in begun]
    items = sorted(Item.objects.current().by_code(codes).values(), key=lambda item: item.path)
    return [{"name": item.title, "note": item.code, "url": item.get_absolute_url()} for item in items]


def near_names(index: Index, text: str, language: str = settings.LANGUAGE_CODE, most: int = 5) -> list[dict[str, str]]:
    """Return names in `language` that hold some of the words of `text`, or words like them; for who found nothing."""
    question = understand(text, index.words)
    if not question.slots:
        return []
    in_language = Query.const_score_query(term("language", language), 0.0)
    query = Query.boolean_query([(Occur.Must, all_slots(question, ["name"], 1)), (Occur.Must, in_language)])
    hits = index.searcher.search(query, CANDIDATES, count=False).hits
    scale = Scale(index, question)
    return told_once(index, [scale.weigh(index.told(address)) for _, address in hits], most)


def told_once(index: Index, weighed: list[Candidate], most: int, alone: Set[str] = frozenset()) -> list[dict[str, str]]:
    """Return the best names with where they lead: one for each article and category, but one each for the families `alone`."""
    ranked = in_order(weighed)
    served = serving(index, [each.told for each in ranked if "a" not in each.told])
    chosen: dict[str, tuple[Candidate, int | None]] = {}
    for candidate in ranked:
        article = candidate.told.get("a") or served.get(candidate.told["p"])
        family = candidate.key if candidate.key in alone else group_of(candidate.told["p"])
        group = f"a{article}" if article else family
        chosen.setdefault(group, (candidate, article))
        if len(chosen) == most:
            break
    articles = [article for _, article in chosen.values() if article]
    revisions = {
        revision.article_id: revision
        for revision in Revision.objects.published().filter(article__in=articles).select_related("article")
    }
    return [told for each, article in chosen.values() if (told := suggestion(each.told, revisions.get(article)))]


def suggestion(told: dict, revision: Revision | None) -> dict[str, str] | None:
    """Return how one name is told. What is no longer published is not."""
    if "a" in told and revision is None:
        return None
    name = capfirst(told["t"] if told["o"] in (HIDDEN, OFFICIAL) else told["n"])
    if revision:
        article = revision.article
        told = {"name": name, "note": revision.title if revision.title != name else "", "url": article.get_absolute_url()}
        return told | ({} if article.language == settings.LANGUAGE_CODE else {"lang": article.language})
    return {"name": name, "note": told["c"], "url": Item(code=told["c"]).get_absolute_url()}
