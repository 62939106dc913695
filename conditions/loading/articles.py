"""Writes article files to the database: all of them are valid, or nothing is written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Q

from conditions.changes import lock_counter
from conditions.codes import parse_item
from conditions.loading.article_files import ArticleFile, ArticleFileError, Fault, read_article_file
from conditions.models import (
    Article,
    ArticleItem,
    CareCard,
    GatedText,
    Item,
    Name,
    OldSlug,
    Picture,
    Reference,
    RelatedArticle,
    Revision,
    Section,
)
from conditions.pictures import find_picture, store_picture
from conditions.publishing import articles_not_there, gate_faults, next_number, publish, standing_texts


@dataclass
class Report:
    """What became of each file: (its path, a sentence for the operator)."""

    published: list[tuple[Path, str]] = field(default_factory=list)
    drafted: list[tuple[Path, str]] = field(default_factory=list)
    unchanged: list[tuple[Path, str]] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files named in `paths`, and those ending in .md or .html in the folders named; sorted, each once.

    Raises ArticleFileError for a path where there is nothing.
    """
    found: dict[Path, None] = {}
    for path in paths:
        files = sorted([*path.glob("*.md"), *path.glob("*.html")]) if path.is_dir() else [path]
        if not files or not path.exists():
            raise ArticleFileError([Fault(path, 1, "file", "expected an article file, or a folder of .md or .html files")])
        found.update(dict.fromkeys(files))
    return list(found)


def load_articles(paths: Iterable[Path], dry_run: bool = False, progress=iter) -> Report:
    """Read, validate and write the article files at `paths`. `progress` wraps the list of files that is being read.

    A file publishes a new article, or one whose published revision came from a file too. Over an editor's text it makes a draft.
    Raises ArticleFileError with every fault in every file; nothing is written then.
    """
    files, faults = [], []
    for path in progress(find_files(paths)):
        try:
            files.append(read_article_file(path))
        except ArticleFileError as error:
            faults += error.faults
    unstored = [picture for file in files for picture in file.pictures if not find_picture(picture.stored.digest)]
    if unstored and not dry_run:
        # A rehearsal finds every fault that is left. So no file is stored in vain, and none is made while the tables are locked.
        write_all(files, faults, is_rehearsal=True)
        store_pictures(files)
    return write_all(files, faults, dry_run)


def store_pictures(files: list[ArticleFile]) -> None:
    for file in files:
        for picture in file.pictures:
            with picture.path.open("rb") as opened:
                if store_picture(File(opened)) != picture.stored:
                    raise ArticleFileError([file.fault("pictures", "expected files that stay as they are while they are loaded")])


def write_all(files: list[ArticleFile], faults: list[Fault], is_rehearsal: bool) -> Report:
    """Validate `files` against the database and write them. Raises ArticleFileError with `faults` and every further one."""
    items = find_items(files)
    report = Report()
    with transaction.atomic():
        lock_all(files)
        coming = {(file.language, file.slug) for file in files}
        changed = []
        for file in files:
            article = article_of(file)
            if article and is_unchanged(article, file):
                # Nothing is written: what editors did with its codes and address since is theirs to do.
                report.unchanged.append((file.path, "unchanged"))
            else:
                changed.append((file, article))
        further = [fault for file, article in changed for fault in place_faults(file, article, items)]
        further += faults_between(files, items)
        if not faults:  # a file that was not read is missing here
            further += link_faults([file for file, _ in changed], coming)
        if faults or further:
            raise ArticleFileError(faults + further)
        # Every article is there before the first text is written: they name each other.
        made = {
            file.path: Article.objects.create(slug=file.slug, language=file.language) for file, article in changed if not article
        }
        for file, article in changed:
            try:
                write(file, article or made[file.path], article is None, items, coming, report)
            except ArticleFileError as error:
                further += error.faults
        if further:
            raise ArticleFileError(further)
        if is_rehearsal:
            transaction.set_rollback(True)
    return report


def lock_all(files: list[ArticleFile]) -> None:
    """Lock the articles of `files`, then the counter: in the order in which an editor's publishing locks one of them."""
    slugs = {file.slug for file in files}
    ours = Q(slug__in=slugs) | Q(old_slugs__slug__in=slugs)
    pks = set(Article.objects.filter(ours).values_list("pk", flat=True))
    list(Article.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    lock_counter()


def article_of(file: ArticleFile) -> Article | None:
    """Return the article at the file's address, or the one that has moved away from it."""
    at = {"slug": file.slug, "language": file.language}
    moved = OldSlug.objects.filter(**at).select_related("article").first()
    return Article.objects.filter(**at).first() or (moved and moved.article)


def articles_by_address(files: Iterable[ArticleFile]) -> dict[tuple[str, str], Article]:
    """Return {(language, slug): article} for the articles that `files` name as related, also by an old address."""
    slugs = {slug for file in files for slug, _ in file.related}
    old = {(old.language, old.slug): old.article for old in OldSlug.objects.filter(slug__in=slugs).select_related("article")}
    return old | {(article.language, article.slug): article for article in Article.objects.filter(slug__in=slugs)}


# --- Validation against the database ----------------------------------------------------------------------------------------


def find_items(files: list[ArticleFile]) -> dict[str, Item]:
    """Return {code as written: item} for the codes of all files, in one query. A category goes before a block of its name."""
    written = {code: parse_item(code) for file in files for code, _ in file.codes}
    found = Item.objects.by_code(set(written.values()))
    return {text: found[code] for text, code in written.items() if code in found}


def place_faults(file: ArticleFile, article: Article | None, items: dict[str, Item]) -> list[Fault]:
    """Return what keeps `file` from its place: unknown codes, codes and addresses of other articles, an editor's open draft."""
    faults = []
    for code, line in file.codes:
        item = items.get(code)
        if item is None or item.retired_in_id:
            faults.append(file.fault("codes", f"expected a code of the classification that is loaded, found {code!r}", line))
            continue
        other = ArticleItem.objects.filter(item=item, language=file.language).exclude(article=article).first()
        if other:
            faults.append(
                file.fault("codes", f"expected a code without an article; {code} belongs to “{other.article.slug}”", line)
            )
    if article and article.slug != file.slug:
        faults.append(file.fault("slug", f"expected an unused address; this one redirects to “{article.slug}”"))
    if article:
        if article.revisions.open().filter(origin=Revision.Origin.DESK).exists():
            faults.append(
                file.fault("slug", "expected no open draft: an editor is at work on this article; publish or discard it first")
            )
        public = standing_texts(article)  # the file's own texts were compared when it was read
        for section in file.sections:
            faults += [
                file.fault(f"#{section.kind}", said, section.gated_line) for said in gate_faults(public, [section.gated_body])
            ]
    return faults


def faults_between(files: list[ArticleFile], items: dict[str, Item]) -> list[Fault]:
    """Return the faults of two files that claim the same address or the same code."""
    faults = []
    owners: dict[tuple, ArticleFile] = {}
    for file in files:
        claims = [("slug", file.slug, None)] + [
            ("codes", items[code].code if code in items else code, line) for code, line in file.codes
        ]
        for name, value, line in claims:
            other = owners.setdefault((name, value, file.language), file)
            if other is not file:
                faults.append(file.fault(name, f"expected once; {other.path} has {value!r} too", line))
    return faults


def link_faults(changed: list[ArticleFile], coming: set[tuple[str, str]]) -> list[Fault]:
    """Return the faults of links to, and related, articles that are neither there nor at `coming`: (language, slug)."""
    there = coming | articles_by_address(changed).keys()
    faults = []
    for file in changed:
        for label, body, line in file.marked_up():
            faults += [
                file.fault(label, f"expected a link to an article that is there or being loaded, found {address!r}", line)
                for address in articles_not_there([body], coming)
            ]
        faults += [
            file.fault("related", f"expected the slug of an article that is there or being loaded, found {slug!r}", line)
            for slug, line in file.related
            if (file.language, slug) not in there
        ]
    return faults


def is_unchanged(article: Article, file: ArticleFile) -> bool:
    """Say whether the newest revision of `article` that came from a file came from this very text."""
    newest = article.revisions.exclude(source_digest="").order_by("-number").first()
    return newest is not None and newest.source_digest == file.digest


# --- Writing ----------------------------------------------------------------------------------------------------------------


def write(
    file: ArticleFile,
    article: Article,
    is_new: bool,
    items: dict[str, Item],
    coming: set[tuple[str, str]],
    report: Report,
) -> None:
    live = article.revisions.published().first()
    article.revisions.open().filter(origin=Revision.Origin.FILE).delete()
    revision = write_revision(article, file)
    if is_new or (live and live.origin == Revision.Origin.FILE):
        write_identity(article, file, items)
        try:
            publish(revision, coming=coming)
        except ValidationError as error:  # what is in the database already, and the file cannot know
            raise ArticleFileError([file.fault("file", " ".join(error.messages), 1)]) from None
        report.published.append((file.path, "published" if is_new else "published anew"))
    else:
        reason = "over an editor's text" if live else "readers have no page of this article"
        report.drafted.append(
            (file.path, f"loaded as a draft, not published ({reason}): {article.slug}, revision {revision.number}")
        )


def write_identity(article: Article, file: ArticleFile, items: dict[str, Item]) -> None:
    """Add the file's codes and names. What editors added stays, and so does what a file no longer lists."""
    wanted = [items[code] for code, _ in file.codes]
    article.attachments.exclude(item=wanted[0]).update(is_primary=False)
    for item in wanted:
        ArticleItem.objects.get_or_create(article=article, item=item, defaults={"language": article.language})
    article.attachments.filter(item=wanted[0]).update(is_primary=True)
    known = {text.lower() for text in article.names.values_list("text", flat=True)}
    Name.objects.bulk_create(
        Name(article=article, language=article.language, **name) for name in file.names if name["text"].lower() not in known
    )


def write_revision(article: Article, file: ArticleFile) -> Revision:
    revision = Revision.objects.create(
        article=article,
        number=next_number(article),
        origin=Revision.Origin.FILE,
        source_digest=file.digest,
        title=file.title,
        summary=file.summary,
        change_kind=file.change_kind,
        change_sentence=file.change_sentence,
        is_sample=file.is_sample,
    )
    for place, part in enumerate(file.sections):
        section = Section.objects.create(
            revision=revision, kind=part.kind, heading=part.heading, audience=part.audience, body=part.body, position=place
        )
        if part.gated_body:
            GatedText.objects.create(section=section, body=part.gated_body)
    CareCard.objects.bulk_create(CareCard(revision=revision, position=place, **card) for place, card in enumerate(file.care_cards))
    Reference.objects.bulk_create(Reference(revision=revision, position=place, **ref) for place, ref in enumerate(file.references))
    Picture.objects.bulk_create(
        Picture(revision=revision, position=place, section=picture.section, **asdict(picture.stored), **picture.texts)
        for place, picture in enumerate(file.pictures)
    )
    there = articles_by_address([file])
    related = dict.fromkeys(there[file.language, slug] for slug, _ in file.related)
    RelatedArticle.objects.bulk_create(
        RelatedArticle(revision=revision, article=other, position=place) for place, other in enumerate(related) if other != article
    )
    return revision
