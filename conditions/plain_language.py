"""What a text costs its reader: its grade, long sentences and paragraphs, passives, hard words. No models.

The grade, passives and hard words are looked for in English alone. docs/plain-language.md says what is measured and why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from conditions.glossary import key
from conditions.overlap import RUN_LENGTH, STOCK_PHRASES
from conditions.reading import WORD, Reading, blocks, read
from conditions.text import counted, plain, words, words_of

JARGON = Path(__file__).parent / "data" / "jargon-en.tsv"
# Pieces of 50 words of one text lie within two grades of the whole in five of six cases, of 20 words in two of three.
SHORTEST_GRADED = 50  # words
HARDEST = 8.0  # grade: what is above it is published with a written reason alone
AIM = 7.0  # grade: up to here a text is easy
LONGEST_SENTENCE = 20  # words
LONGEST_PARAGRAPH = 3  # sentences
SHORTEST_SHARED = 4  # words in a row that are worth a look; six are an error: see `overlap`


def listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class HardWord:
    """A word that nothing on the page explains, as it stands in the text; `plainer` is what to say for it, where we know."""

    word: str
    plainer: str = ""


@dataclass(frozen=True)
class Findings:
    """What was found in one text. Sentences and paragraphs are plain text, as they stand in it.

    `part` is how an editor knows the text: “the summary”. `grade` is None for a text that is too short or not in English.
    """

    part: str
    is_english: bool
    words: int
    sentences: int
    grade: float | None = None  # to one decimal, which is what people are told and what is compared
    long_sentences: tuple[str, ...] = ()  # longest first
    long_paragraphs: tuple[str, ...] = ()
    passive_sentences: tuple[str, ...] = ()
    hard_words: tuple[HardWord, ...] = ()  # in the order of the text
    given_away: tuple[str, ...] = ()  # runs of words, equal in a teaser and its members' text
    refused: tuple[str, ...] = ()  # those so long that no public text may hold them

    @property
    def passive_share(self) -> float:
        """Return the share of sentences with a passive, 0 to 1."""
        return len(self.passive_sentences) / max(self.sentences, 1)

    @property
    def is_too_hard(self) -> bool:
        return self.grade is not None and self.grade > HARDEST

    @property
    def level(self) -> str:
        """Return a word for the grade: easy, fair, hard; empty where there is none."""
        if self.grade is None:
            return ""
        return "easy" if self.grade <= AIM else "hard" if self.is_too_hard else "fair"

    @property
    def grade_told(self) -> str:
        """Return the grade as a sentence, or why there is none."""
        if not self.is_english:
            return "Grades are for English. In this language only sentences and paragraphs are counted."
        if self.grade is None:
            return f"Too short for a grade: of fewer than {SHORTEST_GRADED} words it would say nothing."
        return f"It reads at grade {self.grade}, which is {self.level}. Aim for 6 to 7, {HARDEST:g} at most."

    @property
    def faults(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what an editor may mend: (a sentence that says it, the places in the text), and nothing that was not found."""
        hard_words = tuple(f"{hard.word}: {hard.plainer}" if hard.plainer else hard.word for hard in self.hard_words)
        share = f"{self.passive_share:.0%}"
        mend = "in the members' text too, which may not be: reword one of the two places."
        found = [
            (self.refused, "run of words stands", "runs of words stand", mend),
            (self.long_sentences, "sentence has", "sentences have", f"more than {LONGEST_SENTENCE} words."),
            (self.long_paragraphs, "paragraph has", "paragraphs have", f"more than {LONGEST_PARAGRAPH} sentences."),
            (self.passive_sentences, "sentence is", "sentences are", f"in the passive ({share}): say who does it."),
            (hard_words, "hard word is", "hard words are", "not explained: use plainer words, or the glossary."),
            (self.given_away, "run of words stands", "runs of words stand", "in the members' text too."),
        ]
        return [(f"{counted(len(places), one, many)} {more}", places) for places, one, many, more in found if places]

    @property
    def told(self) -> list[str]:
        """Return the sentences of `faults`: empty where nothing was found."""
        return [sentence for sentence, _ in self.faults]


def examine(
    markup: str,
    language: str = "en",
    part: str = "the text",
    explained: Iterable[str] = (),
    own_names: Iterable[str] = (),
    gated: str = "",
) -> Findings:
    """Return what sanitised `markup` costs its reader.

    `explained` are the forms that the glossary explains, `own_names` the title and names of the article: their words are not
    hard here. Of a teaser, `gated` is the members' text in its place.
    """
    paragraphs = blocks(markup)
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    reading = read([markup])
    lengths = {sentence: len(WORD.findall(sentence)) for sentence in sentences}
    is_english = language.partition("-")[0] == "en"
    shared = shared_words(markup, gated) if gated else []
    return Findings(
        part=part,
        is_english=is_english,
        words=reading.words,
        sentences=reading.sentences,
        grade=grade(reading) if is_english else None,
        long_sentences=tuple(
            sorted(
                (sentence for sentence in sentences if lengths[sentence] > LONGEST_SENTENCE), key=lengths.__getitem__, reverse=True
            )
        ),
        long_paragraphs=tuple(" ".join(paragraph) for paragraph in paragraphs if len(paragraph) > LONGEST_PARAGRAPH),
        passive_sentences=tuple(filter(is_passive, sentences)) if is_english else (),
        hard_words=tuple(hard_words(plain(markup), explained, own_names)) if is_english else (),
        given_away=tuple(run for run in shared if len(run.split()) < RUN_LENGTH),
        refused=tuple(run for run in shared if len(run.split()) >= RUN_LENGTH),
    )


def grade(reading: Reading) -> float | None:
    """Return the grade of an English text to one decimal, 0 at least; None where it is too short to have one."""
    return max(round(reading.grade, 1), 0.0) if reading.words >= SHORTEST_GRADED else None


# --- Passives ---------------------------------------------------------------------------------------------------------------

BE = r"am|is|are|was|were|be|been|being|get|gets|got|getting|gotten|(?:is|are|was|were)n[’']t|(?:you|we|they)[’']re"
ADVERBS = "not|also|often|always|never|sometimes|seldom|now|then|still|soon|first|only|just|already|again|even|once|best|[a-z]+ly"
# A form of be or get, adverbs, and the words after them: looked ahead at, since “is being treated” has two forms in a row.
PASSIVE = re.compile(
    rf"\b(?P<be>{BE})(?=(?:\s+(?:{ADVERBS}))*\s+(?P<word>[a-z]+)(?![-’'])(?:\s+(?P<next>[a-z]+))?)\b", re.IGNORECASE
)
IRREGULAR = listed(
    """
    agreed beaten begun bitten blown bought bred brought built burnt cast caught chosen cut dealt done drawn driven dug
    eaten fed felt forbidden foreseen forgotten fought found freed given grown guaranteed heard held hidden hit hung kept
    laid led lent lit made met misunderstood outgrown overcome overdone paid put read rebuilt redone ridden rung said seen
    sent sewn shaken shed shot shown shrunk sold sought spent split spoken spread stolen struck stung swept taken taught
    thought thrown told torn undergone understood undertaken undone withdrawn withheld woken won worn written
    """
)
# They look like participles and say how somebody or something is. With “by” after it, a word of the first group is a passive.
STATES = listed(
    """
    closed kinked muddled muffled
    addicted advanced affected allied associated attached balanced based bent bloated blocked blurred bound broken bruised
    burst clogged clotted coated complicated concentrated concerned confined confused congested connected constipated
    contaminated convinced covered cracked crowded curved damaged deformed dehydrated delayed detailed dilated disabled
    diseased dislocated distressed divorced enlarged equipped exposed filled fractured frozen hidden hurt immunised
    immunized impaired infected infested inflamed inherited injured involved isolated jammed limited linked located loosened
    lost mixed narrowed numbed obstructed occupied overworked paralysed paralyzed placed poisoned positioned raised reddened
    related restricted scarred sealed seated settled shaped shattered situated slurred soaked sprained squashed stiffened
    strained stretched stuck surrounded swallowed thickened torn trapped twisted ulcerated vaccinated weakened worn wounded
    """
)
ADJECTIVES = listed(
    """
    accustomed acquainted aged alarmed annoyed ashamed assured bored born bothered called colored coloured committed crooked
    delighted depressed determined devoted disappointed discouraged dressed educated embarrassed engaged excited exhausted
    experienced finished frightened frustrated gifted hundred inclined interested jagged kindred known learned married meant
    motivated naked named overjoyed pleased pointed prepared puzzled qualified ragged relaxed relieved rested retired rugged
    rushed sacred satisfied scared shocked sided sized skilled so-called started stressed stunned supposed surprised swollen
    tempted terrified thrilled tired united upset varied wicked wired worried wretched
    """
)
OF_DEGREE = re.compile(r"\b(?:very|so|too|quite|rather|more|less|fairly|really|extremely|well)\s+$")
NOT_WITH_GET = listed("used rid")
# “Are used to walking” and “are used to the noise” tell of a habit; “are used to treat pain” is a passive.
AFTER_A_HABIT = re.compile(
    r"\s+to\s+(?:[a-z]+ing|the|a|an|this|that|these|those|it|its|their|your|his|her|him|them|being|having)\b"
)


def is_passive(sentence: str) -> bool:
    """Say whether `sentence` has a passive. It errs to saying no: a wrong mark teaches an editor to overlook the others."""
    return any(_is_passive(sentence, found) for found in PASSIVE.finditer(sentence))


def _is_passive(sentence: str, found: re.Match[str]) -> bool:
    word, following = found["word"].lower(), (found["next"] or "").lower()
    if not is_participle(word) or word in ADJECTIVES or OF_DEGREE.search(sentence[: found.start("word")].lower()):
        return False
    if found["be"].lower().startswith(("get", "got")) and word in NOT_WITH_GET | STATES:
        return False
    if word == "used" and AFTER_A_HABIT.match(sentence.lower(), found.end("word")):
        return False
    if word == "made" and following in ("of", "up"):
        return False
    return word not in STATES or following == "by"


def is_participle(word: str) -> bool:
    """Say whether `word`, in lower case, is or looks like a past participle: bed, need and unchanged do not."""
    if word in IRREGULAR:
        return True
    return len(word) > 3 and word.endswith("ed") and not word.endswith("eed") and not word.startswith("un")


# --- Hard words -------------------------------------------------------------------------------------------------------------

ENDING = re.compile(
    r"[a-z]{2,}?(?:itis|(?:ec|os|o)tom(?:y|ies)|a?emia|a?emic|path(?:y|ies|ic)|oscop(?:y|ies|ic)|plast(?:y|ies)|algia|algic"
    r"|omas?|osis|rrho?ea|rrhagia|penia|plegia|paresis|megaly|ectasis|lysis|uria)"
)
# Words of everyday life with such an ending, and the names of illnesses that everybody has heard.
EVERYDAY = listed(
    """
    academia academic anaemia analysis anemia antipathy apathy appendicitis aroma aromas arthritis bohemia bronchitis coma
    comas diagnosis dialysis diarrhea diarrhoea diploma diplomas empathy endemic epidemic hepatitis hypnosis leukaemia
    leukemia meningitis metamorphosis microscopic nostalgia nostalgic osmosis pandemic paralysis photosynthesis sympathy
    telepathic telepathy tonsillitis
    """
)


def hard_words(text: str, explained: Iterable[str] = (), own_names: Iterable[str] = ()) -> list[HardWord]:
    """Return the hard words of plain `text`, each once, in its order; what is `explained` or of the article's name is none."""
    text = text.replace("\u00ad", "").replace("\u00a0", " ")
    folded = text.lower() if len(text.lower()) == len(text) else text
    own = {stem(word) for name in own_names for word in words_of(name)}
    known, ours = by_first_word(frozenset(explained)), by_first_word(frozenset(jargon()))
    found: dict[str, HardWord] = {}
    end = 0
    for word in WORD.finditer(folded):
        start = word.start()
        if start < end:
            continue  # inside a form of several words
        first = key(word[0])
        if first in known and (form := form_at(folded, start, known[first])):
            end = start + len(form)
            continue
        form = form_at(folded, start, ours[first]) if first in ours else ""
        if not form and ENDING.fullmatch(word[0]) and word[0] not in EVERYDAY:
            form = word[0]
        if form and not {stem(part) for part in words_of(form)} <= own:
            end = start + len(form)
            found.setdefault(form, HardWord(text[start:end], jargon().get(form, "")))
    return list(found.values())


def stem(word: str) -> str:
    return word.removesuffix("s")


@cache
def jargon() -> dict[str, str]:
    """Return {form in lower case: plainer words} of our own list, whose lines are term, other forms, plainer words."""
    found: dict[str, str] = {}
    for line in JARGON.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            term, others, plainer = line.split("\t")
            found |= dict.fromkeys(filter(None, [term, *map(str.strip, others.split(","))]), plainer)
    return found


@lru_cache(maxsize=16)  # our own list, and the glossary as it was last
def by_first_word(forms: frozenset[str]) -> dict[str, list[str]]:
    """Return {first word: forms in lower case, the longest first}."""
    found: dict[str, list[str]] = {}
    for form in sorted({form.lower() for form in forms}, key=lambda form: (-len(form), form)):
        if first := WORD.match(form):
            found.setdefault(key(first[0]), []).append(form)
    return found


def form_at(text: str, start: int, forms: list[str]) -> str:
    """Return the first of `forms` that stands at `start` of `text` as whole words; empty where none does."""
    if start and text[start - 1] == "-":
        return ""  # “non-invasive” is another word
    for form in forms:
        after = text[start + len(form) : start + len(form) + 1]
        if text.startswith(form, start) and not after.isalnum() and after != "-":
            return form
    return ""


# --- Words of the members' text ---------------------------------------------------------------------------------------------

# A run that has fewer than two other words gives nothing away.
SMALL_WORDS = listed(
    """
    a about after all an and any are as at be been before but by can do doctor does every few for from get had has have he
    help her his how if in into is it its may might more most no not nurse of often on one or other our out over she should
    so some such than that the their them then there these they this those to too under up us use used very was we well were
    what when where which while who will with without you your yours
    """
)


def shared_words(teaser: str, gated: str) -> list[str]:
    """Return the longest runs of 4 words or more of `gated` that stand in `teaser`, both HTML, in the order of the teaser."""
    public, hidden, least = words(teaser), words(gated), SHORTEST_SHARED
    known = {tuple(hidden[start : start + least]) for start in range(len(hidden) - least + 1)}
    inside = " ".join(["", *hidden, ""])
    found: dict[str, None] = {}
    start = 0
    while start <= len(public) - least:
        if tuple(public[start : start + least]) not in known:
            start += 1
            continue
        end = start + least
        while end < len(public) and f" {' '.join(public[start : end + 1])} " in inside:
            end += 1
        run = public[start:end]
        if len(set(run) - SMALL_WORDS) >= 2 and not is_stock(" ".join(run)):
            found[" ".join(run)] = None
        start = end - least + 1
    return list(found)


def is_stock(run: str) -> bool:
    return any(f" {run} " in f" {phrase} " for phrase in STOCK_PHRASES)
