"""What the search index holds: its fields, and how text becomes terms.

Two kinds of document stand for each *target*, an article or a family of codes: one *page*, which says whether it matches at all,
and one *name* for each of its names, which says how well. A *place* for each of an article's codes says what it serves.

Gated text has a field of its own on the page. A visitor's query names the public fields alone, so that no word of it is counted,
weighed or spelt for a visitor.
"""

import re
from functools import lru_cache

from tantivy import Filter, Index, Schema, SchemaBuilder, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

NAME, PAGE, PLACE, STATE = "name", "page", "place", "state"  # kinds of document
APOSTROPHE, POSSESSIVE = re.compile("['’ʼ‘`]"), re.compile(r"['’ʼ‘`]s\b")
LONGEST_WORD = 40  # characters; a longer one is no word


def build_schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")  # the target's
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("told", stored=True, tokenizer_name="raw", index_option="basic")  # JSON: what a result needs
    # Integers may not be unsigned here: a Python int would stop the writer.
    builder.add_integer_field("chapter", indexed=True, fast=True)
    # Of a name:
    builder.add_text_field("name", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("whole", tokenizer_name="raw", index_option="basic")  # see `words.whole`
    # Of a page:
    builder.add_text_field("code", tokenizer_name="raw", index_option="basic")  # without the dot, its members' too
    builder.add_text_field("text", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("gated", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("digest", stored=True, tokenizer_name="raw", index_option="basic")
    # Of a place: the item that an article is attached to, and the article, by pk. Integers are read by the hundred in no time.
    builder.add_integer_field("item", indexed=True, fast=True)
    builder.add_integer_field("article", fast=True)
    # Of names and pages: public words as they are written, for completing and correcting what is typed.
    builder.add_text_field("word", tokenizer_name="words", index_option="basic")
    return builder.build()


SCHEMA = build_schema()


def register_analysers(index: Index) -> None:
    index.register_tokenizer("words", _words)
    index.register_tokenizer("stems", _stems)


def _build(*filters: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_WORD)).filter(Filter.lowercase())
    for each in (Filter.ascii_fold(), *filters):
        builder = builder.filter(each)
    return builder.build()


_words = _build()
_stems = _build(Filter.stemmer("english"))


def prepare(text: str) -> str:
    """Return `text` as it is cut into terms: a possessive is the word itself (Crohn's → Crohn), and can't is one word."""
    return APOSTROPHE.sub("", POSSESSIVE.sub("", text))


def words_in(text: str) -> list[str]:
    """Return the words of `text` in its order: lower case, without accents."""
    return _words.analyze(prepare(text))


def possessives_in(text: str) -> list[str]:
    """Return the possessives of `text` as people write them who leave the apostrophe out (Crohn's → crohns)."""
    ends = (text[: found.end()] for found in POSSESSIVE.finditer(text))  # a pattern that began with the word would be slow
    return _words.analyze(APOSTROPHE.sub("", " ".join(end.rsplit(maxsplit=1)[-1] for end in ends)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the term that `word`, one of `words_in`, is indexed under (fractures, fractured → fractur)."""
    found = _stems.analyze(word)
    return found[0] if found else word
