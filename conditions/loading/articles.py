"""Writes article files to the database: all of them are valid, or nothing is written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from conditions.addresses import articles_by_address
from conditions.audit import note, require
from conditions.changes import ask_to_reindex, lock_counter
from conditions.codes import parse_item
from conditions.loading import picture_files
from conditions.loading.article_files import ArticleFile, ArticleFileError, Fault, read_article_file
from conditions.models import (
    Article,
    ArticleItem,
    AuditEntry,
    CareCard,
    Contribution,
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
from conditions.pictures import find_picture
from conditions.publishing import articles_not_there, gate_faults, publish, standing_texts
from conditions.workflow import next_number

A_BLOCK = "block "  # before the code of a block of one category, which is the category's too
Act, Origin, State = AuditEntry.Act, Revision.Origin, Revision.State


@dataclass
class Report:
    """What became of each file: (its path, a sentence for whoever loads it). `drafts` are the drafts that were made, in order."""

    published: list[tuple[Path, str]] = field(default_factory=list)
    drafted: list[tuple[Path, str]] = field(default_factory=list)
    unchanged: list[tuple[Path, str]] = field(default_factory=list)
    drafts: list[Revision] = field(default_factory=list)


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


@dataclass(frozen=True)
class Loading:
    """How files are loaded: whether they may publish, and for whom; None is the operator's command."""

    drafts_only: bool = False
    by: object = None


def load_articles(paths: Iterable[Path], dry_run: bool = False, progress=iter, drafts_only: bool = False, by=None) -> Report:
    """Read, validate and write the article files at `paths`. `progress` wraps the list of files that is being read.

    A file publishes a new article, or one whose published revision came from a file too. Over an editor's text it makes a draft.
    With `drafts_only` every file makes a draft, and what an article has of codes and names stays as it is; so it is for `by`, a
    person, in any case: the operator alone is the approval of a file.

    Raises Refused where `by` may not load files, and ArticleFileError with every fault in every file; nothing is written then.
    """
    require(by, "conditions.load_articles")
    loading = Loading(drafts_only or by is not None, by)
    files, faults = [], []
    for path in progress(find_files(paths)):
        try:
            files.append(read_article_file(path))
        except ArticleFileError as error:
            faults += error.faults
    unstored = [picture for file in files for picture in file.pictures if not find_picture(picture.stored.digest)]
    if unstored and not dry_run:
        # A rehearsal finds every fault that is left. So no file is stored in vain, and none is made while the tables are locked.
        write_all(files, faults, loading, is_rehearsal=True)
        store_pictures(files)
    return write_all(files, faults, loading, dry_run)


def store_pictures(files: list[ArticleFile]) -> None:
    for file in files:
        for picture in file.pictures:
            if picture_files.store(picture.path) != picture.stored:
                raise ArticleFileError([file.fault("pictures", "expected files that stay as they are while they are loaded")])


def write_all(files: list[ArticleFile], faults: list[Fault], loading: Loading, is_rehearsal: bool) -> Report:
    """Validate `files` against the database and write them. Raises ArticleFileError with `faults` and every further one."""
    items = find_items(files)
    report = Report()
    with transaction.atomic():
        lock_all(files, loading)
        coming = {(file.language, file.slug) for file in files}
        changed = []
        for file in files:
            article = article_of(file)
            if article and is_unchanged(article, file):
                # Nothing is written: what editors did with its codes and address since is theirs to do.
                report.unchanged.append((file.path, "unchanged"))
            else:
                changed.append((file, article))
        further = [fault for file, article in changed for fault in place_faults(file, article, items, loading)]
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
                if loading.drafts_only:
                    write_draft(file, article or made[file.path], article is None, items, loading, report)
                else:
                    write(file, article or made[file.path], article is None, items, coming, report)
            except ArticleFileError as error:
                further += error.faults
        if further:
            raise ArticleFileError(further)
        if is_rehearsal:
            transaction.set_rollback(True)
    return report


def lock_all(files: list[ArticleFile], loading: Loading) -> None:
    """Lock the articles of `files`, then the counter: in the order in which an editor's publishing locks one of them.

    Where nothing is published the counter is left to those who do.
    """
    slugs = {file.slug for file in files}
    ours = Q(slug__in=slugs) | Q(old_slugs__slug__in=slugs)
    pks = set(Article.objects.filter(ours).values_list("pk", flat=True))
    list(Article.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    if not loading.drafts_only:
        lock_counter()


def article_of(file: ArticleFile) -> Article | None:
    """Return the article at the file's address, or the one that has moved away from it."""
    at = {"slug": file.slug, "language": file.language}
    moved = OldSlug.objects.filter(**at).select_related("article").first()
    return Article.objects.filter(**at).first() or (moved and moved.article)


# --- Validation against the database ----------------------------------------------------------------------------------------


def find_items(files: list[ArticleFile]) -> dict[str, Item]:
    """Return {code as written: item} for the codes of all files, in one query; one more where blocks are called blocks.

    A category goes before a block of its name.
    """
    written = {code: parse_item(code.removeprefix(A_BLOCK)) for file in files for code, _ in file.codes}
    found = Item.objects.by_code(set(written.values()))
    called_blocks = [code for text, code in written.items() if text.startswith(A_BLOCK)]
    blocks = {item.code: item for item in Item.objects.filter(is_block=True, code__in=called_blocks)} if called_blocks else {}
    items = {text: (blocks if text.startswith(A_BLOCK) else found).get(code) for text, code in written.items()}
    return {text: item for text, item in items.items() if item}


def place_faults(file: ArticleFile, article: Article | None, items: dict[str, Item], loading: Loading) -> list[Fault]:
    """Return what keeps `file` from its place: unknown codes, codes and addresses of other articles, an open draft at work."""
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
        if article.revisions.open().filter(origin=Origin.DESK).exists():
            faults.append(
                file.fault("slug", "expected no open draft: an editor is at work on this article; publish or discard it first")
            )
        elif loading.drafts_only and (draft := article.revisions.open().first()) and is_under_review(draft):
            said = (
                "expected no draft under review: somebody has submitted, approved or commented on it; publish or discard it first"
            )
            faults.append(file.fault("slug", said))
        public = standing_texts(article)  # the file's own texts were compared when it was read
        for section in file.sections:
            faults += [
                file.fault(f"#{section.kind}", said, section.gated_line) for said in gate_faults(public, [section.gated_body])
            ]
    return faults


def is_under_review(draft: Revision) -> bool:
    """Say whether others have spent work on `draft`, a file's, which would be lost with it."""
    return draft.state != State.DRAFT or draft.comments.exists()


def faults_between(files: list[ArticleFile], items: dict[str, Item]) -> list[Fault]:
    """Return the faults of two files that claim the same address or the same code."""
    faults = []
    owners: dict[tuple, ArticleFile] = {}
    for file in files:
        claims = [("slug", file.slug, file.slug, None)] + [
            ("codes", items[code].pk, items[code].code, line) for code, line in file.codes if code in items
        ]
        for name, key, value, line in claims:
            other = owners.setdefault((name, key, file.language), file)
            if other is not file:
                faults.append(file.fault(name, f"expected once; {other.path} has {value!r} too", line))
    return faults


def link_faults(changed: list[ArticleFile], coming: set[tuple[str, str]]) -> list[Fault]:
    """Return the faults of links to, and related, articles that are neither there nor at `coming`: (language, slug)."""
    there = coming | articles_by_address(slug for file in changed for slug, _ in file.related).keys()
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
    revision = write_revision(article, file)
    if is_new or (live and live.origin == Origin.FILE):
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
        report.drafts.append(revision)


def write_draft(
    file: ArticleFile, article: Article, is_new: bool, items: dict[str, Item], loading: Loading, report: Report
) -> None:
    """Write `file` as a draft. Codes and names are live as soon as they stand there: an article that has its own keeps those."""
    revision = write_revision(article, file, loading.by)
    if is_new:
        write_identity(article, file, items)
        ask_to_reindex(articles=[article])
        told = f"a draft of a new article: {article}"
    elif article.revisions.published().exists():
        told = f"a draft, revision {revision.number} of {article}: readers keep what they have until it is published"
    else:
        told = f"a draft, revision {revision.number} of {article}, of which readers have no page"
    report.drafted.append((file.path, told))
    report.drafts.append(revision)


def write_identity(article: Article, file: ArticleFile, items: dict[str, Item]) -> None:
    """Add the file's codes and names. What editors added stays, and so does what a file no longer lists."""
    wanted = [items[code] for code, _ in file.codes]
    article.attachments.exclude(item=wanted[0]).update(is_primary=False)
    for item in wanted:
        ArticleItem.objects.get_or_create(article=article, item=item, defaults={"language": article.language})
    article.attachments.filter(item=wanted[0]).update(is_primary=True)
    known = {(language, text.lower()) for language, text in article.names.values_list("language", "text")}
    names = [{"language": article.language} | name for name in file.names]
    Name.objects.bulk_create(
        Name(article=article, **name) for name in names if (name["language"], name["text"].lower()) not in known
    )


def write_revision(article: Article, file: ArticleFile, by=None) -> Revision:
    """Write what `file` says as a new revision, in the place of the draft that an earlier file left, if there is one."""
    for draft in article.revisions.open().filter(origin=Origin.FILE):
        note(Act.DISCARDED, draft, by, "a file took its place")
        draft.delete()
    revision = Revision.objects.create(
        article=article,
        number=next_number(article),
        # What a person loads is an editor's text: the operator's load of a release neither compares with it nor replaces it.
        origin=Origin.DESK if by else Origin.FILE,
        source_digest="" if by else file.digest,
        title=file.title,
        summary=file.summary,
        change_kind=file.change_kind,
        change_sentence=file.change_sentence,
        is_sample=file.is_sample,
        hard_because=file.hard_because,
        created_by=by,
    )
    if by:
        Contribution.objects.create(revision=revision, user=by, role=Contribution.Role.AUTHOR)
    note(Act.LOADED, revision, by)
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
    there = articles_by_address(slug for slug, _ in file.related)
    related = dict.fromkeys(there[file.language, slug] for slug, _ in file.related)
    RelatedArticle.objects.bulk_create(
        RelatedArticle(revision=revision, article=other, position=place) for place, other in enumerate(related) if other != article
    )
    return revision
