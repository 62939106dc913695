"""Text of articles: HTML reduced to an allow-list, and the plain words in it. No models."""

import html
import re
import unicodedata

import nh3

# What an article needs and the editor offers; nothing that runs, styles, embeds or fetches.
TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "h3",
    "h4",
    "a",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "sub",
    "sup",
}
ATTRIBUTES = {
    "*": set(),  # said, or the library lets `title` through everywhere, whose words nobody compares with the gated text
    "a": {"href"},
    "ol": {"start"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
INLINE_TAG = re.compile(r"</?(?:strong|em|a|sub|sup)\b[^>]*>")  # parts no words
WHOM_TO_CALL = re.compile(r"your\s+local\s+emergency\s+number", re.IGNORECASE)
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener",
    clean_content_tags={"script", "style"},
)


def sanitise(markup: str) -> str:
    """Return `markup` reduced to the allow-list, on one line. An empty paragraph, which the editor leaves behind, is nothing.

    White space is folded (no allowed element keeps it), so that equal texts are equal strings. What has no word in it is nothing.
    """
    clean = re.sub(r"\s+", " ", _cleaner.clean(markup)).strip()
    return clean if re.search(r"\w", plain(clean)) else ""


def plain(markup: str) -> str:
    """Return the text of `markup` without its tags; every element but those inside a word or line parts words."""
    text = INLINE_TAG.sub("", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def links(markup: str) -> list[str]:
    """Return the addresses that sanitised `markup` links to."""
    return [html.unescape(address) for address in re.findall(r'<a href="([^"]*)"', markup)]


def words(markup: str) -> list[str]:
    """Return the words of `markup` as they are compared: see `words_of`."""
    return words_of(plain(markup))


def words_of(text: str) -> list[str]:
    """Return the words of plain `text` without punctuation, equal where a reader sees them as equal.

    Capitals, the forms of one letter (NFKC), and what has no width (soft hyphen, joiners) make no difference, nor does the kind
    of apostrophe.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", re.sub("[’ʼ‘]", "'", text))


def with_number(text: str, number: str) -> str:
    """Return `text` with `number` in the place of “your local emergency number”, where there is one."""
    return WHOM_TO_CALL.sub(number, text) if number else text


def fold(text: str) -> str:
    """Return `text` in lower case without accents, as A–Z sorts it."""
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)).lower()


def with_ellipsis(markup: str) -> str:
    """Return a teaser with “…” at its end, inside its last element and in the place of a full stop."""
    found = re.fullmatch(r"(.*?)[\s.,:…]*((?:</\w+>\s*)*)", markup, re.DOTALL)
    return f"{found[1]}…{found[2]}" if found else markup


def counted(count: int, one: str, many: str = "") -> str:
    """Return `count` with its noun: “1 draft”, “2,000 drafts”. `many` is what follows any number but 1 where “s” does not do."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
