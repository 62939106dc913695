"""From a reader's words to a ranked list: what is asked of the index, how names are weighed, how results are folded.

The engine picks candidates; the order is ours. A name counts by how much of the question it answers and how much of it the
question asks for, rare words more than common ones. All codes of a category, and all codes that one article serves, are one
result with its members folded in.
"""

import contextlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tantivy import Occur, Query

from conditions.finding.documents import HIDDEN, OFFICIAL, TERM
from conditions.finding.opening import Guarded, IndexUnusable, Reader, ready_searcher, repaired, state_of
from conditions.finding.opening import reader as open_reader
from conditions.finding.schema import SCHEMA, stem
from conditions.finding.vocabulary import MembersWords, words_of
from conditions.finding.words import ARTICLES, FILLER_SHARE, FILLERS, WEAK_SHARE, Question, Slot, understand
from conditions.models.classification import CATEGORY_PATH, PATH_STEP

T = TypeVar("T")

MOST_NAMES = 120  # candidates by name
MOST_PAGES = 40  # candidates by text

# How likely a name of this origin is what people say, and what a word of a text is worth beside a name.
ORIGIN_SHARES = {TERM: 0.98, HIDDEN: 0.97, OFFICIAL: 0.9}
OF_ARTICLE, OF_CHAPTER_20_OR_21 = 1.1, 0.9
WHOLE, WHOLE_CORRECTED = 1.5, 1.2  # a name that was meant word for word
SIDE = 0.03
RAREST = 12  # the weight of a word that no name has
TEXT_OF_ARTICLE, TEXT_OF_CODE, PARTLY = 0.5, 0.3, 0.5
FEW = 5  # texts
DOUBTFUL, BETTER = 0.95, 0.15  # below this score known words may be slips, where that leads to so much more
LEAST_SHARE = 0.3  # of the best result's score: what is worth less is not told


@dataclass(frozen=True)
class Candidate:
    """One name or text that matches. `told` is what the index tells of its target."""

    key: str
    told: dict
    score: float
    is_by_text: bool = False


@dataclass
class Result:
    """One line of the list: an article, or an item of the classification, with the matching codes that it stands for.

    `article` is a pk or None. `item` is the pk of the item that matched best, None where the article's own words did.
    `members` are pks of the heads of the other families that matched, the best first.
    """

    score: float
    path: str  # of the item that matched best, or of the article's primary one
    article: int | None = None
    item: int | None = None
    name: str = ""
    is_hidden_name: bool = False
    is_by_text: bool = False
    gated_kind: str = ""  # of the members' section that alone holds what was asked for
    members: list[int] = field(default_factory=list)


@dataclass
class Found:
    """What a question leads to. `chapters` are counts of conditions by chapter, before any chapter was chosen."""

    question: Question
    results: list[Result] = field(default_factory=list)
    total: int = 0
    chapters: dict[int, int] = field(default_factory=dict)


def warm() -> None:
    """Open the index and read its words, so that the first reader of a process need not wait for it."""
    with contextlib.suppress(IndexUnusable):
        current = open_reader()
        Index(current, current.searcher()).words.alike("")


def ask(question: Callable[["Index"], T]) -> T:
    """Return what `question` makes of the index. Raises IndexUnusable where there is none that answers; a repair is under way."""
    with repaired():
        return question(Index(*ready_searcher()))


class Index:
    """The index as one request asks it."""

    def __init__(self, reader: Reader, searcher: Guarded):
        self.searcher = searcher
        number = state_of(searcher).number
        self.words = words_of(reader.memory, number, searcher)
        # Of the documents there are: the same ones weigh the same, whatever was deleted before. Counted once a change.
        if reader.memory.get("weighed") != number:
            reader.memory |= {"weighed": number, "weights": {}}
        self.weights: dict[str, float] = reader.memory["weights"]

    def weight(self, word: str) -> float:
        """Return how much a word of a name says: the rarer, the more. In steps, so that one more document changes no order."""
        if word not in self.weights:
            documents = self.searcher.search(term("name", word), 1, count=True).count
            rarity = round(math.log2(1 + self.searcher.num_docs / (1 + documents))) if documents else RAREST
            self.weights[word] = max(rarity, 1) * (FILLER_SHARE if word in FILLER_STEMS else 1.0)
        return self.weights[word]

    def told(self, address) -> dict:
        return json.loads(self.searcher.doc(address).get_first("told"))


FILLER_STEMS = frozenset(stem(word) for word in FILLERS | ARTICLES)


# --- The questions to the engine --------------------------------------------------------------------------------------------


def term(name: str, value) -> Query:
    return Query.term_query(SCHEMA, name, value)


def slot_query(slot: Slot, fields: Iterable[str]) -> Query:
    """Return the query for one word: the best of what may stand in its place."""
    best = []
    for name in fields:
        for stems, weight in slot.alternatives.items():
            found = [(Occur.Must, term(name, each)) for each in stems]
            query = found[0][1] if len(found) == 1 else Query.boolean_query(found)
            best.append(query if weight == 1.0 else Query.boost_query(query, weight))
    return best[0] if len(best) == 1 else Query.disjunction_max_query(best)


def all_slots(question: Question, fields: Iterable[str], least: int) -> Query:
    """Return the query for texts that hold at least `least` of the words that matter; the others only add to it."""
    strong = [slot_query(slot, fields) for slot in question.strong]
    if least >= len(strong):
        asked = Query.boolean_query([(Occur.Must, query) for query in strong])
    else:
        asked = Query.boolean_query([(Occur.Should, query) for query in strong], minimum_number_should_match=least)
    weak = [(Occur.Should, slot_query(slot, fields)) for slot in question.slots if slot.is_weak and slot not in question.strong]
    return Query.boolean_query([(Occur.Must, asked), *weak]) if weak else asked


def in_chapter(query: Query, chapter: int | None) -> Query:
    if chapter is None:
        return query
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(term("chapter", chapter), 0.0))])


# --- Finding ----------------------------------------------------------------------------------------------------------------


def find(index: Index, text: str, chapter: int | None = None, may_read_gated: bool = False) -> Found:
    """Return what `text` leads to, in the order in which readers should see it. The words of members alone reach gated text."""
    pages = ["text", "gated"] if may_read_gated else ["text"]
    words = MembersWords(index.words) if may_read_gated else index.words
    found = look(index, understand(text, words), None, pages)
    if not found.question.corrected and best_score(found) < DOUBTFUL:
        doubted = understand(text, words, doubts_known=True)
        second = look(index, doubted, None, pages) if doubted.corrected else found
        if best_score(second) > best_score(found) + BETTER:
            found = second
    if chapter is not None:
        counts = found.chapters
        found = look(index, found.question, chapter, pages)
        found.chapters = counts
    if may_read_gated:
        mark_gated_sections(index, found)
    return found


def best_score(found: Found) -> float:
    return found.results[0].score if found.results else 0.0


def look(index: Index, question: Question, chapter: int | None, pages: list[str]) -> Found:
    """Return the results in one chapter, or in all of them."""
    if not question.slots:
        return Found(question)
    candidates = by_name(index, question, chapter) + by_text(index, question, chapter, pages)
    results, is_cut = in_families(index, candidates)
    if not is_cut:
        chapters = Counter(int(result.path[:PATH_STEP]) for result in results if result.path)
        return Found(question, results, len(results), dict(chapters))
    # The engine gave the best of many; how many there are it counts for itself.
    asked = in_chapter(all_slots(question, pages, len(question.strong)), chapter)
    counted = index.searcher.aggregate(asked, {"chapters": {"terms": {"field": "chapter", "size": 40}}})
    chapters = {int(bucket["key"]): bucket["doc_count"] for bucket in counted["chapters"]["buckets"]}
    return Found(question, results, max(sum(chapters.values()), len(results)), chapters)


def by_name(index: Index, question: Question, chapter: int | None) -> list[Candidate]:
    """Return the names that hold most of the words that matter; a name that was meant word for word is among them."""
    asked = [(Occur.Must, all_slots(question, ["name"], 1))]
    wholes = [(Occur.Should, Query.boost_query(term("whole", each), 1000.0)) for each in question.wholes]
    sides = [(Occur.Should, Query.boost_query(term("name", stem(side)), 0.3)) for side in question.sides]
    query = Query.boolean_query([(Occur.Should, Query.boolean_query([*asked, *sides])), *wholes])
    hits = index.searcher.search(in_chapter(query, chapter), MOST_NAMES, count=False).hits
    scale = Scale(index, question)
    return [scale.weigh(index.told(address)) for _, address in hits]


class Scale:
    """Weighs names against one question."""

    def __init__(self, index: Index, question: Question):
        self.index, self.question = index, question
        # Of each word: how much it counts, and what may stand in its place, the best first.
        self.slots = [(self.share(slot), sorted(slot.alternatives.items(), key=lambda other: -other[1])) for slot in question.slots]
        self.asked = sum(share for share, _ in self.slots)
        self.sides = {stem(side) for side in question.sides}

    def share(self, slot: Slot) -> float:
        """Return how much one word of the question counts: as much as the commonest that may stand in its place."""
        share = min(max(self.index.weight(each) for each in other) for other in slot.alternatives)
        return share * WEAK_SHARE if slot.is_weak else share

    def weigh(self, told: dict) -> Candidate:
        """Return a name as a candidate: how much of the question it answers, and how much of it the question asks for."""
        present = set(told["s"])
        met = 0.0
        used = present & self.sides  # a side that was named is no word too many
        for share, alternatives in self.slots:
            for stems, weight in alternatives:
                if present.issuperset(stems):
                    met += share * weight
                    used.update(stems)
                    break
        weight_of = self.index.weight
        wanted = sum(map(weight_of, used)) / sum(map(weight_of, present))
        score = (met / self.asked) ** 1.5 * (0.3 + 0.7 * wanted) * prior(told)
        if told["w"] in self.question.wholes:
            score += WHOLE if told["w"] == self.question.wholes[0] else WHOLE_CORRECTED
        if present & self.sides:
            score += SIDE
        return Candidate(key_of(told), told, score)


def key_of(told: dict) -> str:
    return f"a{told['a']}" if "a" in told else f"i{told['i']}"


def prior(told: dict) -> float:
    """Return what speaks for a name before anything is asked: an article, a general item, a name that people say."""
    share = ORIGIN_SHARES.get(told["o"], 1.0)
    if "a" in told:
        return share * OF_ARTICLE
    if told["p"][:PATH_STEP] in ("020", "021"):
        share *= OF_CHAPTER_20_OR_21
    return share * (1.0 - 0.01 * max((len(told["p"]) - CATEGORY_PATH) // PATH_STEP, 0)) * (0.97 if told["l"] <= 2 else 1.0)


def by_text(index: Index, question: Question, chapter: int | None, pages: list[str]) -> list[Candidate]:
    """Return what holds all the words that matter somewhere in its text, or most of them where hardly any text holds all."""
    strong = len(question.strong)
    found = text_candidates(index, in_chapter(all_slots(question, pages, strong), chapter), 1.0)
    if strong > 2 and len(found) < FEW:
        found += text_candidates(index, in_chapter(all_slots(question, pages, math.ceil(strong * 2 / 3)), chapter), PARTLY)
    return found


def text_candidates(index: Index, query: Query, share: float) -> list[Candidate]:
    hits = index.searcher.search(query, MOST_PAGES, count=False).hits
    best = hits[0][0] if hits else 1.0
    found = []
    for score, address in hits:
        told = index.told(address)
        ceiling = share * (TEXT_OF_ARTICLE if "a" in told else TEXT_OF_CODE)
        found.append(Candidate(key_of(told), told, ceiling * (0.6 + 0.4 * round(score / (best or 1.0), 2)), is_by_text=True))
    return found


def mark_gated_sections(index: Index, found: Found) -> None:
    """Mark the articles that hold a word of the question in gated text alone, with the kind of the members' section."""
    keys = {f"a{result.article}" for result in found.results if result.article and result.is_by_text}
    if not keys:
        return
    gated_alone = [
        (
            Occur.Should,
            Query.boolean_query([(Occur.Must, slot_query(slot, ["gated"])), (Occur.MustNot, slot_query(slot, ["text"]))]),
        )
        for slot in found.question.slots
    ]
    among = Query.term_set_query(SCHEMA, "key", sorted(keys))
    asked = Query.boolean_query([(Occur.Must, Query.boolean_query(gated_alone)), (Occur.Must, among)])
    kinds = {}
    for _, address in index.searcher.search(asked, len(keys), count=False).hits:
        told = index.told(address)
        kinds[told["a"]] = told["k"]
    for result in found.results:
        if result.is_by_text:
            result.gated_kind = kinds.get(result.article, "")


# --- Folding ----------------------------------------------------------------------------------------------------------------


def in_families(index: Index, candidates: list[Candidate]) -> tuple[list[Result], bool]:
    """Return one result for each article or category, the best first, and whether there may be more than the candidates told."""
    ranked = in_order(candidates)
    least = LEAST_SHARE * min(ranked[0].score, 1.0) if ranked else 0.0
    worth = Counter(candidate.is_by_text for candidate in candidates if candidate.score >= least)
    is_cut = worth[False] == MOST_NAMES or worth[True] >= MOST_PAGES
    ranked = [candidate for candidate in ranked if candidate.score >= least]
    served = serving(index, [each.told for each in ranked if "a" not in each.told])
    results: dict[str, Result] = {}
    for candidate in ranked:
        told = candidate.told
        article = told.get("a") or served.get(told["p"])
        group = f"a{article}" if article else f"i{group_of(told['p'])}"
        result = results.get(group)
        if result is None:
            results[group] = first_of(candidate, article)
        elif "i" in told and told["i"] not in (result.item, *result.members):
            result.members.append(told["i"])
    return list(results.values()), is_cut


def in_order(candidates: list[Candidate]) -> list[Candidate]:
    """Return the best candidate of each target, the best first; equal ones in the order of the classification."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.key)
        if known is None or candidate.score > known.score:
            best[candidate.key] = candidate
    return sorted(best.values(), key=lambda each: (-round(each.score, 4), each.told["p"], each.key))


def first_of(candidate: Candidate, article: int | None) -> Result:
    told = candidate.told
    is_name = "n" in told and told["n"] != told["t"]
    return Result(
        score=candidate.score,
        path=told["p"],
        article=article,
        item=None if "a" in told else told.get("m") or told["i"],
        name=told["n"] if is_name else "",
        is_hidden_name=is_name and told["o"] in (HIDDEN, OFFICIAL),
        is_by_text=candidate.is_by_text,
    )


def group_of(path: str) -> str:
    """Return the path down to the category; a block or chapter stands for itself."""
    return path[:CATEGORY_PATH]


def serving(index: Index, families: list[dict]) -> dict[str, int]:
    """Return {path: pk of the article that serves it} for those of `families` that one serves: the nearest on the way up.

    `families` are what the index tells of them.
    """
    above = sorted({item for told in families for item in told["u"]})
    if not above:
        return {}
    asked = Query.const_score_query(Query.term_set_query(SCHEMA, "item", above), 1.0)
    places = [address for _, address in index.searcher.search(asked, len(above), count=False).hits]
    articles = index.searcher.fast_field_values("article", places)
    attached = dict(zip(index.searcher.fast_field_values("item", places), articles, strict=True))
    nearest = {told["p"]: next((attached[item] for item in reversed(told["u"]) if item in attached), None) for told in families}
    return {path: article for path, article in nearest.items() if article}
