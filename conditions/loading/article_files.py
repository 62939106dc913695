"""Reads one article from one file: front matter, then sections. Writes nothing; docs/article-files.md describes the format."""

import hashlib
import html
import re
import reprlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from markdown_it import MarkdownIt

from conditions.loading import picture_files
from conditions.loading.faults import Fault, FileFaults, read_text
from conditions.models import CareCard, Revision, Section
from conditions.models.articles import LETTER_OF_AZ
from conditions.overlap import shared_run
from conditions.pictures import StoredPicture, words_in
from conditions.text import links, plain, sanitise

HEADING = re.compile(r"## +(?P<heading>\S.*?) +\{#(?P<kind>[\w-]+)(?: +\.(?P<audience>\w+))?\} *")
FENCE_OPENS, FENCE_CLOSES = "::: members", ":::"
LINK = re.compile(r"https?://[^\s/]+\.\S+|mailto:\S+@\S+|tel:[+\d-]+|/(?!/)\S*")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MARKDOWN = MarkdownIt("commonmark").enable("table")


class ArticleFileError(FileFaults):
    """Raised with every fault that was found in article files; nothing was written."""


@dataclass
class FileSection:
    kind: str
    heading: str
    audience: str
    line: int
    body: str = ""
    gated_body: str = ""
    gated_line: int = 0


@dataclass
class FilePicture:
    """`texts` are fields of `Picture`; `stored` is what storing the file at `path` gives. Nothing is stored yet."""

    section: str
    line: int
    texts: dict[str, str]
    path: Path | None = None
    stored: StoredPicture | None = None
    words: str = ""


@dataclass
class ArticleFile:
    """What a file says. `codes` and `related` are as written, each with its line; bodies are sanitised HTML.

    A name is {"text", "is_shown"}, and has a "language" where it is another one than the article's. `digest` covers the pictures.
    """

    path: Path
    digest: str
    slug: str = ""
    language: str = ""
    codes: list[tuple[str, int]] = field(default_factory=list)
    title: str = ""
    summary: str = ""
    change_kind: str = ""
    change_sentence: str = ""
    is_sample: bool = False
    hard_because: str = ""
    names: list[dict] = field(default_factory=list)
    care_cards: list[dict] = field(default_factory=list)
    references: list[dict] = field(default_factory=list)
    pictures: list[FilePicture] = field(default_factory=list)
    related: list[tuple[str, int]] = field(default_factory=list)
    sections: list[FileSection] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def fault(self, name: str, expected: str, line: int | None = None) -> Fault:
        return Fault(self.path, line or self.lines.get(name, 1), name, expected)

    def public_texts(self) -> list[str]:
        """Return what visitors will read, as HTML."""
        plain = [self.title, self.summary, self.change_sentence, *(name["text"] for name in self.names)]
        plain += [text for reference in self.references for text in (reference["title"], reference["publisher"])]
        plain += [text for picture in self.pictures for text in (*picture.texts.values(), picture.words)]
        plain += [part.heading for part in self.sections] + [card["heading"] for card in self.care_cards]
        marked_up = [part.body for part in self.sections] + [card["body"] for card in self.care_cards]
        return [*map(html.escape, plain), *marked_up]

    def marked_up(self) -> list[tuple[str, str, int]]:
        """Return (field, HTML, line) of every text that may hold links, members' texts included."""
        texts = [
            (f"care_cards {place}.body", card["body"], self.lines["care_cards"]) for place, card in enumerate(self.care_cards, 1)
        ]
        texts += [(f"#{section.kind}", section.body, section.line) for section in self.sections]
        return texts + [(f"#{section.kind}", section.gated_body, section.gated_line) for section in self.sections]


def read_article_file(path: Path) -> ArticleFile:
    """Return what `path` says. Raises ArticleFileError with each fault as file, line, field and what was expected."""
    text = read_text(path, ArticleFileError).replace("\r\n", "\n")
    article = ArticleFile(path, hashlib.sha256(text.encode()).hexdigest())
    faults: list[Fault] = []
    front, body, body_line = split(text, article)
    is_html = read_front_matter(front, article, faults)
    article.sections = read_sections(body, body_line, is_html, article, faults)
    faults += rule_faults(article)
    if faults:
        raise ArticleFileError(sorted(faults, key=lambda fault: fault.line))
    if article.pictures:
        parts = [article.digest, *(picture.stored.digest for picture in article.pictures)]
        article.digest = hashlib.sha256("".join(parts).encode()).hexdigest()
    return article


def split(text: str, article: ArticleFile) -> tuple[str, list[str], int]:
    """Return the front matter, the lines after it, and the number of the first of those lines."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise ArticleFileError([Fault(article.path, 1, "front matter", 'expected a first line "---"')])
    for place, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:place]), lines[place + 1 :], place + 2
    raise ArticleFileError([Fault(article.path, len(lines), "front matter", 'expected a second line "---" that ends it')])


# --- Front matter -----------------------------------------------------------------------------------------------------------

FRONT_MATTER_STARTS = 2  # the line after the first "---"


class Fields:
    """One mapping of the front matter, taken field by field; what is wrong, missing or left over becomes a fault."""

    def __init__(self, node: yaml.Node | None, place: str, article: ArticleFile, faults: list[Fault]):
        self.place, self.article, self.faults = place, article, faults
        self.nodes: dict[str, yaml.Node] = {}
        self.line = line_of(node) if node else FRONT_MATTER_STARTS
        if not isinstance(node, yaml.MappingNode):
            self.fault("", "expected fields, one a line, as “name: value”", self.line)
            return
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fault("", "expected fields, one a line, as “name: value”", line_of(key))
                continue
            if key.value in self.nodes:
                self.fault(key.value, "expected once, found twice", line_of(key))
            self.nodes[key.value] = value

    def fault(self, name: str, expected: str, line: int) -> None:
        label = ".".join(part for part in (self.place, name) if part) or "front matter"
        self.faults.append(Fault(self.article.path, line, label, expected))

    def take(self, name: str, kind: type, expected: str, default=None, required=False):
        """Return and use up the value of the field `name`; one of another kind is a fault and reads as `default`."""
        node = self.nodes.pop(name, None)
        line = line_of(node) if node else self.line
        if not self.place:
            self.article.lines[name] = line
        try:
            value = construct(node) if node else None
        except (yaml.YAMLError, ValueError, RecursionError):
            self.fault(name, f"expected {expected}", line)
            return default
        if value is None:
            if required:
                self.fault(name, f"expected {expected}, found nothing", line)
            return default
        if not isinstance(value, kind):
            self.fault(name, f"expected {expected}, found {reprlib.repr(value)}", line)
            return default
        return value

    def text(self, name: str, longest: int, required=True) -> str:
        """Take a line of text of at most `longest` characters."""
        line = line_of(self.nodes[name]) if name in self.nodes else self.line
        value = " ".join(self.take(name, str, "text", "", required).split())
        if len(value) > longest:
            self.fault(name, f"expected at most {longest} characters, found {len(value)}", line)
        return value

    def choice(self, name: str, choices: list[str], default=None) -> str:
        line = line_of(self.nodes[name]) if name in self.nodes else self.line
        value = self.take(name, str, f"one of {', '.join(choices)}", default or "", required=default is None)
        if value and value not in choices:
            self.fault(name, f"expected one of {', '.join(choices)}, found {value!r}", line)
        return value

    def each(self, name: str) -> list[yaml.Node]:
        """Take a list and return its nodes."""
        node = self.nodes.pop(name, None)
        self.article.lines[name] = line_of(node) if node else self.line
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(name, "expected a list, one entry a line as “- entry”", line_of(node))
            return []
        return node.value

    def words(self, name: str) -> list[tuple[str, int]]:
        """Take a list of single words and return each with its line; what is no word reads as an empty one."""
        return [(node.value.strip() if isinstance(node, yaml.ScalarNode) else "", line_of(node)) for node in self.each(name)]

    def end(self) -> None:
        """Report the fields that nobody took."""
        for name, node in self.nodes.items():
            self.fault(name, "expected no such field", line_of(node))


def line_of(node: yaml.Node) -> int:
    return node.start_mark.line + FRONT_MATTER_STARTS


def construct(node: yaml.Node):
    """Return the plain Python value of a YAML node."""
    return yaml.SafeLoader("").construct_document(node)


def read_front_matter(front: str, article: ArticleFile, faults: list[Fault]) -> bool:
    """Fill `article` from the front matter and return whether the bodies are HTML."""
    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark or error.context_mark).line + FRONT_MATTER_STARTS
        raise ArticleFileError([Fault(article.path, line, "front matter", f"expected YAML: {error.problem}")]) from None
    except RecursionError:
        raise ArticleFileError([Fault(article.path, FRONT_MATTER_STARTS, "front matter", "expected YAML less deep")]) from None
    except yaml.YAMLError as error:
        raise ArticleFileError([Fault(article.path, FRONT_MATTER_STARTS, "front matter", f"expected YAML: {error}")]) from None
    fields = Fields(node, "", article, faults)
    is_html = fields.choice("format", ["markdown", "html"], default="markdown") == "html"
    article.slug = fields.text("slug", 100)
    article.language = fields.choice("language", [code for code, _ in settings.LANGUAGES], default=settings.LANGUAGE_CODE)
    article.codes = fields.words("codes")
    article.title = fields.text("title", 200)
    article.summary = fields.text("summary", 600)
    article.change_kind = fields.choice("kind", Revision.ChangeKind.values, default=Revision.ChangeKind.CLINICAL)
    article.change_sentence = fields.text("change", 300)
    article.is_sample = fields.take("sample", bool, "true or false", False)
    article.hard_because = fields.text("hard_because", 300, required=False)
    article.names = [read_name(node, article, faults, place) for place, node in enumerate(fields.each("names"), start=1)]
    article.care_cards = [
        read_card(node, article, faults, place, is_html) for place, node in enumerate(fields.each("care_cards"), start=1)
    ]
    article.references = [
        read_reference(node, article, faults, place) for place, node in enumerate(fields.each("references"), start=1)
    ]
    article.pictures = [read_picture(node, article, faults, place) for place, node in enumerate(fields.each("pictures"), start=1)]
    article.related = fields.words("related")
    fields.end()
    return is_html


def read_name(node: yaml.Node, article: ArticleFile, faults: list[Fault], place: int) -> dict:
    if isinstance(node, yaml.ScalarNode):
        name = {"text": " ".join(node.value.split()), "is_shown": True}
        if not 0 < len(name["text"]) <= 200:
            faults.append(Fault(article.path, line_of(node), f"names {place}", "expected 1 to 200 characters"))
        return name
    fields = Fields(node, f"names {place}", article, faults)
    name = {"text": fields.text("name", 200), "is_shown": fields.take("shown", bool, "true or false", True)}
    language = fields.choice("language", [code for code, _ in settings.LANGUAGES], default="")
    fields.end()
    return name | ({"language": language} if language not in ("", article.language) else {})


def read_card(node: yaml.Node, article: ArticleFile, faults: list[Fault], place: int, is_html: bool) -> dict:
    fields = Fields(node, f"care_cards {place}", article, faults)
    urgency, heading = fields.choice("urgency", CareCard.Urgency.values), fields.text("heading", 120)
    if heading and not heading.endswith(" if:"):
        fields.fault("heading", f"expected an end in “ if:”, found {heading!r}", fields.line)
    line = line_of(fields.nodes["body"]) if "body" in fields.nodes else fields.line
    body = render(fields.take("body", str, "text", "", required=True), is_html, article, line, f"care_cards {place}.body", faults)
    fields.end()
    return {"urgency": urgency, "heading": heading, "body": body}


def read_reference(node: yaml.Node, article: ArticleFile, faults: list[Fault], place: int) -> dict:
    fields = Fields(node, f"references {place}", article, faults)
    reference = {"title": fields.text("title", 300), "publisher": fields.text("publisher", 200), "url": fields.text("url", 500)}
    if reference["url"] and not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", reference["url"]):
        fields.fault("url", f"expected an address that begins with https://, found {reference['url']!r}", fields.line)
    reference["read_on"] = fields.take("read", date, "a day such as 2026-05-31")
    fields.end()
    return reference


def read_picture(node: yaml.Node, article: ArticleFile, faults: list[Fault], place: int) -> FilePicture:
    fields = Fields(node, f"pictures {place}", article, faults)
    section = fields.choice("section", Section.Kind.values)
    line = line_of(fields.nodes["file"]) if "file" in fields.nodes else fields.line
    name = fields.take("file", str, "the path of a picture", "", required=True)
    texts = {
        "alternative_text": fields.text("alt", 500),
        "caption": fields.text("caption", 300),
        "credit": fields.text("credit", 200),
        "licence": fields.text("licence", 100),
    }
    fields.end()
    picture = FilePicture(section, fields.line, texts)
    if name and (expected := file_fault(picture, name, article.path.parent)):
        fields.fault("file", expected, line)
    return picture


def file_fault(picture: FilePicture, name: str, folder: Path) -> str | None:
    """Take the file `name` of an article's `folder` into `picture`; return what was expected of it, or None where all is well."""
    try:
        path = (folder / name).resolve()
        if ".." in Path(name).parts or not path.is_relative_to(folder.resolve()):
            return f"expected a file in the article's folder, found {name!r}"
        if not path.is_file():
            return f"expected a picture, found no file {name!r}"
        picture.path, picture.stored = path, picture_files.check(path)
        with path.open("rb") as opened:
            picture.words = words_in(opened)
    except ValidationError as error:
        said = error.messages[0].rstrip(".")
        return f"{said[0].lower()}{said[1:]}"
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, a link to itself, a file of somebody else's
        return f"expected a file that can be read, found {name!r}"
    return None


# --- Sections ---------------------------------------------------------------------------------------------------------------


def read_sections(lines: list[str], first: int, is_html: bool, article: ArticleFile, faults: list[Fault]) -> list[FileSection]:
    """Return the sections that stand in `lines`, of which the first is line `first` of the file."""
    sections: list[FileSection] = []
    parts: list[list[str]] = []
    for number, line in enumerate(lines, start=first):
        if line.startswith("## "):
            sections.append(read_heading(line, number, article, faults))
            parts.append([])
        elif sections:
            parts[-1].append(line)
        elif line.strip():
            faults.append(Fault(article.path, number, "sections", "expected “## Heading {#kind}” before any text"))
    for section, part in zip(sections, parts, strict=True):
        read_body(section, part, is_html, article, faults)
    return sections


def read_heading(line: str, number: int, article: ArticleFile, faults: list[Fault]) -> FileSection:
    found = HEADING.fullmatch(line)
    if not found:
        expected = "expected “## Heading {#kind}” or “## Heading {#kind .members}”; headings inside a section begin with ###"
        faults.append(Fault(article.path, number, "sections", expected))
        return FileSection("", line, Section.Audience.PUBLIC, number)
    kind, audience = found["kind"], found["audience"]
    if kind not in Section.Kind.values:
        faults.append(Fault(article.path, number, f"#{kind}", f"expected one of {', '.join(Section.Kind.values)}"))
    if audience and audience not in Section.Audience.values:
        faults.append(Fault(article.path, number, f"#{kind}", f"expected .public or .members, found .{audience}"))
    return FileSection(kind, found["heading"], audience or Section.usual_audience(kind), number)


def read_body(section: FileSection, lines: list[str], is_html: bool, article: ArticleFile, faults: list[Fault]) -> None:
    """Part a section's lines into its public text and, between the fences, its members' text."""
    stripped = [line.strip() for line in lines]
    label = f"#{section.kind}"
    opens = stripped.index(FENCE_OPENS) if FENCE_OPENS in stripped else len(lines)
    closes = stripped.index(FENCE_CLOSES, opens) if FENCE_CLOSES in stripped[opens:] else len(lines)
    section.gated_line = section.line + 1 + opens
    section.body = render("\n".join(lines[:opens]), is_html, article, section.line + 1, label, faults)
    section.gated_body = render("\n".join(lines[opens + 1 : closes]), is_html, article, section.gated_line + 1, label, faults)
    if opens < len(lines) and closes == len(lines):
        faults.append(Fault(article.path, section.gated_line, label, "expected a line “:::” that ends the members' text"))
    if any(stripped[closes + 1 :]) or FENCE_CLOSES in stripped[:opens]:
        line = section.line + 1 + (closes + 1 if closes < len(lines) else 0)
        faults.append(
            Fault(article.path, line, label, "expected the teaser first and one members' text, and nothing after its “:::”")
        )
    faults += [
        Fault(article.path, section.line + 1 + place, label, "expected “::: members” or “:::”, as those very words")
        for place, line in enumerate(stripped)
        if line.startswith(":::") and line not in (FENCE_OPENS, FENCE_CLOSES)
    ]
    if FENCE_OPENS in stripped[opens + 1 :]:
        faults.append(Fault(article.path, section.gated_line, label, "expected “::: members” once"))
    faults += [article.fault(label, expected, section.line) for expected in audience_faults(section)]


def audience_faults(section: FileSection) -> list[str]:
    if section.audience == Section.Audience.PUBLIC:
        found = ["expected no members' text in a public section; mark it {#kind .members}"] if section.gated_body else []
        return found if section.body else [*found, "expected text, found nothing"]
    found = []
    if section.kind == Section.Kind.WHEN_TO_GET_HELP:
        found.append("expected .public: when to get help is never gated")
    if not section.body:
        found.append("expected a teaser before the members' text, found nothing")
    if not section.gated_body:
        found.append("expected the members' text between “::: members” and “:::”, found nothing")
    if plain(section.body).endswith(("…", "...")):
        found.append("expected a teaser without an ellipsis: the page adds it")
    return found


def render(text: str, is_html: bool, article: ArticleFile, line: int, label: str, faults: list[Fault]) -> str:
    """Return `text` (Markdown, or HTML) as sanitised HTML. `line` is its first line in the file."""
    if is_html:
        return sanitise(text)
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        place = line + (token.map[0] if token.map else 0)
        if token.type == "heading_open" and token.tag not in ("h3", "h4"):
            faults.append(Fault(article.path, place, label, "expected headings inside a section as ### or ####"))
        if any(child.type == "image" for child in token.children or []):
            faults.append(Fault(article.path, place, label, "expected text without pictures: the front matter lists them"))
    return sanitise(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))


# --- Rules over the whole file ----------------------------------------------------------------------------------------------


def rule_faults(article: ArticleFile) -> list[Fault]:
    """Return the faults of what was read well but may not be so."""
    faults = []
    texts = [*article.public_texts(), article.hard_because, *(reference["url"] for reference in article.references)]
    if any(re.search("[\x00\ud800-\udfff]", text) for text in texts):
        faults.append(article.fault("file", "expected no character that cannot be kept (NUL, half a surrogate pair)", 1))
    if re.fullmatch(LETTER_OF_AZ, article.slug):
        faults.append(article.fault("slug", f"expected more than a letter of A–Z, found {article.slug!r}"))
    elif article.slug and not SLUG.fullmatch(article.slug):
        faults.append(article.fault("slug", f"expected lower-case words joined by hyphens, found {article.slug!r}"))
    if not article.codes:
        faults.append(article.fault("codes", "expected at least one code; the first is the primary one"))
    faults += repeated([(code, line) for code, line in article.codes], "codes", article)
    faults += repeated([(name_in_language(name), article.lines["names"]) for name in article.names], "names", article)
    faults += repeated(article.related, "related", article)
    faults += [
        article.fault("related", "expected other articles than this one", line)
        for slug, line in article.related
        if slug == article.slug
    ]
    faults += repeated([(section.kind, section.line) for section in article.sections if section.kind], "sections", article)
    if Section.Kind.WHEN_TO_GET_HELP not in {section.kind for section in article.sections}:
        faults.append(article.fault("sections", "expected a section {#when-to-get-help}: no article goes out without it"))
    kinds = {section.kind for section in article.sections}
    faults += [
        article.fault(f"pictures {place}.section", f"expected a section of this article, found {picture.section!r}", picture.line)
        for place, picture in enumerate(article.pictures, start=1)
        if picture.section in Section.Kind.values and picture.section not in kinds
    ]
    for label, body, line in article.marked_up():
        faults += [
            article.fault(
                label, f"expected a link that begins with https://, mailto:, tel:, / or # and a section, found {address!r}", line
            )
            for address in links(body)
            if not (LINK.fullmatch(address) or address.removeprefix("#") in kinds)
        ]
    for section in article.sections:
        if section.gated_body and (run := shared_run(article.public_texts(), section.gated_body)):
            expected = f"expected other words than the public text has; these six stand in both: “{run}”"
            faults.append(article.fault(f"#{section.kind}", expected, section.gated_line))
    return faults


def name_in_language(name: dict) -> str:
    """Return what may stand once among the names of an article: another language may have the same word."""
    return f"{name['text'].lower()} ({name['language']})" if "language" in name else name["text"].lower()


def repeated(values: list[tuple[str, int]], name: str, article: ArticleFile) -> list[Fault]:
    seen: set[str] = set()
    return [
        article.fault(name, f"expected {value!r} once, found twice", line)
        for value, line in values
        if value in seen or seen.add(value)
    ]
