"""Writes published articles to files that load back to the same content; docs/article-files.md describes the format."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from django.conf import settings
from django.core.files.storage import default_storage

from conditions.audit import note
from conditions.contents import content
from conditions.loading import picture_files
from conditions.loading.article_files import FENCE_CLOSES, FENCE_OPENS, ArticleFileError, read_article_file
from conditions.loading.faults import Fault
from conditions.models import Article, AuditEntry, Item, Revision, Section
from conditions.text import counted

PICTURES = "pictures"  # the folder beside the article files
LINE_WIDTH = 120  # characters, of the front matter
# Between two blocks of a text white space is none of it, so that a line may end there.
BETWEEN_BLOCKS = re.compile(r"(?<=>) (?=</?(?:p|ul|ol|li|h3|h4|blockquote|table|thead|tbody|tr|th|td)\b)")
WITHOUT_MEMBERS_TEXT = """\
# This file is without the members' text, and without the note why the article is hard to read. It is for reading:
# loading refuses it, because each section marked .members lacks its text between “::: members” and “:::”.
"""


@dataclass
class Exported:
    """What was written into a folder. `missing` are (article file, its picture) whose picture is not in the storage any more."""

    articles: list[Path] = field(default_factory=list)
    pictures: set[Path] = field(default_factory=set)
    missing: list[tuple[Path, str]] = field(default_factory=list)


class Lines(str):
    """A text that stands in the front matter line by line."""


class Dumper(yaml.SafeDumper):
    """Writes front matter. Lines that could not stand there as they are become one quoted text."""


Dumper.add_representer(Lines, lambda dumper, lines: dumper.represent_scalar("tag:yaml.org,2002:str", lines, style="|"))

# --- One article as text ----------------------------------------------------------------------------------------------------


def article_text(said: dict, *, slug: str, language: str, codes: list[str], names: list[dict], pictures: Mapping[str, str]) -> str:
    """Return the article file for what `said` holds (see `conditions.contents`), in HTML.

    `codes` has the primary one first; a name is {"text", "is_shown", "language"}; `pictures` is {digest: path beside the file}.
    White space in plain texts is folded, as it is when they are shown and when a file is read. Where a section lacks its members'
    text, the file says so, and it is one that cannot be loaded.
    """
    gated = [section for section in said["sections"] if section["audience"] == Section.Audience.MEMBERS]
    is_whole = all(section["gated_body"] for section in gated)
    front = {
        "slug": slug,
        "language": language,
        "codes": codes,
        "title": folded(said["title"]),
        "summary": folded(said["summary"]),
        "names": [name_field(name, language) for name in names],
        "sample": said["is_sample"],
        "kind": said["change_kind"],
        "change": folded(said["change_sentence"]),
        # It may quote the members' text, of which it says why it is hard.
        "hard_because": folded(said["hard_because"]) if is_whole else "",
        "care_cards": [
            {"urgency": card["urgency"], "heading": folded(card["heading"]), "body": Lines(in_lines(card["body"]) + "\n")}
            for card in said["care_cards"]
        ],
        "pictures": [picture_field(picture, pictures) for picture in said["pictures"]],
        "references": [reference_field(reference) for reference in said["references"]],
        "related": [related["slug"] for related in said["related"]],
        "format": "html",
    }
    front = {name: value for name, value in front.items() if value not in ("", [], False)}
    fields = yaml.dump(front, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=LINE_WIDTH)
    sections = map(section_text, said["sections"])
    return "\n".join([f"---\n{'' if is_whole else WITHOUT_MEMBERS_TEXT}{fields}---\n", *sections])


def folded(text: str) -> str:
    return " ".join(text.split())


def name_field(name: dict, language: str) -> str | dict:
    text = folded(name["text"])
    further = ({} if name["is_shown"] else {"shown": False}) | (
        {} if name["language"] == language else {"language": name["language"]}
    )
    return {"name": text} | further if further else text


def reference_field(reference: dict) -> dict:
    fields = {name: folded(reference[name]) for name in ("title", "publisher", "url")}
    return fields | ({"read": date.fromisoformat(reference["read_on"])} if reference["read_on"] else {})


def picture_field(picture: dict, pictures: Mapping[str, str]) -> dict:
    return {
        "section": picture["section"],
        "file": pictures[picture["digest"]],
        "alt": folded(picture["alternative_text"]),
        "caption": folded(picture["caption"]),
        "credit": folded(picture["credit"]),
        "licence": folded(picture["licence"]),
    }


def section_text(section: dict) -> str:
    """Return a section under its heading. Its audience is said always: which is the usual one depends on a site's settings."""
    text = f"## {folded(section['heading'])} {{#{section['kind']} .{section['audience']}}}\n\n{in_lines(section['body'])}\n"
    if section["gated_body"]:
        text += f"\n{FENCE_OPENS}\n{in_lines(section['gated_body'])}\n{FENCE_CLOSES}\n"
    return text


def in_lines(body: str) -> str:
    """Return sanitised HTML as lines that are read back as the same HTML, and as nothing else.

    A text outside any element may begin as a heading or a fence does; its first character is written as a reference. No other
    line begins so, since each begins with a tag.
    """
    if body.startswith(("#", ":")):
        body = f"&#{ord(body[0])};{body[1:]}"
    return BETWEEN_BLOCKS.sub("\n", body)


# --- Articles as files ------------------------------------------------------------------------------------------------------


def export_articles(revisions: Iterable[Revision], folder: Path, with_gated: bool, progress=iter) -> Exported:
    """Write each of `revisions` to a file of its own in `folder`, and its pictures to a folder in there.

    `progress` wraps the list of revisions. What has the name of a file that is written is replaced. Raises OSError.
    """
    report = Exported()
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    for revision in progress(list(revisions)):
        path = folder / file_name(revision.article)
        text = text_of(revision, with_gated)
        write_whole(path, text.encode())
        report.articles.append(path)
        for picture in revision.pictures.all():
            name = picture_files.name_of(picture.stored)
            try:
                with default_storage.open(picture_files.path_of(picture.stored)) as file:
                    data = file.read()
            except FileNotFoundError:
                report.missing.append((path, name))
                continue
            write_whole(folder / PICTURES / name, data)
            report.pictures.add(folder / PICTURES / name)
    if not any((folder / PICTURES).iterdir()):
        (folder / PICTURES).rmdir()
    return report


def note_export(revisions: list[Revision], with_gated: bool, by=None) -> None:
    """Write into the audit that `by` takes `revisions` away, before anything goes: None is a command."""
    slugs = ", ".join(str(revision.article) for revision in revisions)
    told = f"{counted(len(revisions), 'article')}, {'with' if with_gated else 'without'} members' text"
    note(AuditEntry.Act.EXPORTED, None, by, f"{told}: {slugs}")


def text_of(revision: Revision, with_gated: bool) -> str:
    article = revision.article
    return article_text(
        content(revision, with_gated),
        slug=article.slug,
        language=article.language,
        codes=[code_of(attachment.item) for attachment in article.attachments.select_related("item")],
        names=list(article.names.order_by("pk").values("text", "is_shown", "language")),
        pictures={picture.digest: f"{PICTURES}/{picture_files.name_of(picture.stored)}" for picture in revision.pictures.all()},
    )


def code_of(item: Item) -> str:
    """Return the code as a file writes it. A block of one category has the category's, so that it says that it is the block."""
    return f"block {item.code}" if item.is_block and "-" not in item.code else item.code


def file_name(article: Article) -> str:
    """Return `gout.html`; in another language than the site's own `gout.es.html`."""
    return f"{article.slug}.html" if article.language == settings.LANGUAGE_CODE else f"{article.slug}.{article.language}.html"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file to its end before it has its name, so that nobody loads half of one."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def faults_of(paths: Iterable[Path]) -> list[Fault]:
    """Return what keeps the article files at `paths` from being loaded again: files are held to rules that the desk is not."""
    faults = []
    for path in paths:
        try:
            read_article_file(path)
        except ArticleFileError as error:
            faults += error.faults
    return faults
