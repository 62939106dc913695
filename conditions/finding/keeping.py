"""Keeps the index in step with the database. The database is the truth; the index may be deleted at any time.

The index holds the number of the last change it knows, in a document committed with the data, so a process that dies in between
loses nothing. One process writes at a time. It looks again before it lets go, so that whoever found it writing may leave it the
work. An index is made anew beside the one in use, and put in its place whole.
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from itertools import chain
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import Q
from tantivy import Document, Index, IndexWriter, Query

from conditions.finding import opening
from conditions.finding.documents import Target, article_targets, family_targets
from conditions.finding.opening import (
    IndexUnusable,
    State,
    current_name,
    folder,
    forget,
    last_number,
    reader,
    state_of,
    whatever_breaks,
)
from conditions.finding.schema import PAGE, SCHEMA, STATE, register_analysers
from conditions.models import Article, Change, Item, Reindex, Release
from conditions.models.classification import CATEGORY_PATH, PATH_STEP, branch
from conditions.progress import Progress, silently

WRITER_MEMORY = 64_000_000  # bytes
PATIENCE = 1.0  # seconds that a writer waits for another one
logger = logging.getLogger(__name__)


class Outcome(Enum):
    IN_STEP = "in step"
    BUSY = "another process is at it"
    NEEDS_REBUILD = "to be made anew"


class IndexBusy(Exception):
    """Another process is writing to the index, or making it anew."""


# --- Writing ----------------------------------------------------------------------------------------------------------------


_left_at = -PATIENCE  # when the work was last left to another process


def after_commit() -> None:
    """Have the index brought in step once the transaction that is open has committed."""
    transaction.on_commit(quietly_catch_up, robust=True)


def quietly_catch_up() -> None:
    """Catch up; what keeps the index from it is logged and left for later: readers and editors go on."""
    global _left_at
    if not current_name():
        return  # none was made yet: whoever makes it reads what is there then
    # A transaction of many changes comes here many times; where another process is writing, it waits once.
    patience = 0 if time.monotonic() - _left_at < PATIENCE else PATIENCE
    try:
        with whatever_breaks():
            if catch_up(patience) is Outcome.BUSY:  # where catching up is not enough, the next search sees it
                _left_at = time.monotonic()
    except IndexUnusable as error:
        logger.warning("The search index could not be brought in step: %s", str(error))


def catch_up(patience: float = PATIENCE) -> Outcome:
    """Bring the index in use in step with the database. Raises IndexUnusable.

    Where another process is writing and does not let go within `patience` seconds, the work is left to it.
    """
    with lock("writing.lock", patience) as is_ours:
        if not is_ours:
            return Outcome.BUSY
        return catch_up_index(reader().index)


def catch_up_index(index: Index) -> Outcome:
    """Write to `index` what changed since the last change that it holds, and look again until there is nothing."""
    while True:
        index.reload()
        state = state_of(index.searcher())
        last = last_number()
        changes = pending(state.number, last)
        if changes is None:
            return Outcome.NEEDS_REBUILD
        if state.number == last:
            return Outcome.IN_STEP
        write(index, changes, State(opening.VERSION, last, state.release, state.rewritten + changes.targets))


@dataclass(frozen=True)
class Pending:
    """The articles and items, by pk, that the index has to look at again."""

    articles: frozenset[int]
    items: frozenset[int]

    @property
    def targets(self) -> int:
        """About how many targets are written for them: with an item its whole category is."""
        return len(self.articles) + 20 * len(self.items)


def pending(number: int, last: int) -> Pending | None:
    """Return what changed after `number` up to `last`; None where that is everything, or the database is another one."""
    if last < number:
        return None
    between = {"number__gt": number, "number__lte": last}
    asked = list(Reindex.objects.filter(**between).values_list("article", "item"))
    if (None, None) in asked:
        return None
    changed = Change.objects.filter(**between).values_list("article", flat=True)
    articles = {article for article, _ in asked if article} | set(changed)
    return Pending(frozenset(articles), frozenset(item for _, item in asked if item))


def write(index: Index, changes: Pending, state: State) -> None:
    """Replace the documents of what changed, and the state, in one commit."""
    with writing(index, WRITER_MEMORY) as writer:
        for article in changes.articles:
            writer.delete_documents_by_term("key", f"a{article}")
        for target in article_targets(changes.articles):
            add(writer, target)
        for target in families_around(changes.items):
            writer.delete_documents_by_term("key", target.key)
            add(writer, target)
        say(writer, state)


@contextlib.contextmanager
def writing(index: Index, memory: int) -> Iterator[IndexWriter]:
    """Yield a writer to `index` and commit what was written; nothing of it where an error comes in between.

    It has one thread, so that the same database makes the same index.
    """
    writer = index.writer(memory, 1)
    try:
        yield writer
        writer.commit()
    finally:
        writer.wait_merging_threads()  # lets go of the engine's own lock, whatever still refers to the writer


def families_around(items: Iterable[int]) -> Iterator[Target]:
    """Yield the families of the categories that the items stand in, and of the blocks and chapters among them."""
    paths = set(Item.objects.filter(pk__in=list(items)).values_list("path", flat=True))
    for top in sorted({path[:CATEGORY_PATH] for path in paths}):
        below = branch(top)
        if len(top) == CATEGORY_PATH:
            within = below | Q(path=top[:-PATH_STEP])  # and its block: where they share a name, they are one family
        else:
            is_block_of_one = Item.objects.filter(path=top, is_block=True).exclude(code__contains="-").exists()
            within = below if is_block_of_one else Q(path=top)
        yield from family_targets(Item.objects.current().filter(within).order_by("path"))


def add(writer: IndexWriter, target: Target) -> None:
    for document in target.documents():
        writer.add_document(document)


def say(writer: IndexWriter, state: State) -> None:
    writer.delete_documents_by_term("kind", STATE)
    document = Document()
    document.add_text("kind", STATE)
    document.add_text("told", json.dumps(asdict(state)))
    writer.add_document(document)


def fingerprint() -> str:
    return Release.objects.values_list("fingerprint", flat=True).first() or ""


# --- Making it anew ---------------------------------------------------------------------------------------------------------


def rebuild(progress: Progress = silently) -> int:
    """Make the index anew beside the one in use, put it in its place, and return how many targets it holds.

    Raises IndexBusy where another process is at it already, OSError or IndexUnusable where it cannot be written.
    """
    folder().mkdir(parents=True, exist_ok=True)
    with lock("building.lock", 0) as is_ours:
        if not is_ours:
            raise IndexBusy("Another process is making the search index anew.")
        remove_others(keep=current_name())
        place = tempfile.mkdtemp(prefix="index-", dir=folder())
        try:
            with whatever_breaks(OSError, IndexBusy):
                count = build(place, progress)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        remove_others(keep=Path(place).name)
    forget()
    return count


def build(place: str, progress: Progress) -> int:
    # Before anything is read: what changes from now on is looked at again.
    state = State(opening.VERSION, last_number(), fingerprint())
    index = new_index(place)
    count = fill(index, state, progress)
    with lock("writing.lock", 60) as is_ours:
        if not is_ours:
            raise IndexBusy("Another process goes on writing to the search index.")
        if catch_up_index(index) is Outcome.NEEDS_REBUILD:
            raise IndexBusy("Everything changed while the search index was being made: make it once more.")
        put_in_place(place)
    return count


def new_index(place: str) -> Index:
    index = Index(SCHEMA, path=place)
    register_analysers(index)
    index.config_reader("manual")
    return index


def fill(index: Index, state: State, progress: Progress) -> int:
    """Write every target of the database to `index`; return how many there are."""
    items, articles = Item.objects.current().count(), Article.objects.published().count()
    count = 0
    with writing(index, WRITER_MEMORY * 2) as writer:
        for target in family_targets(Item.objects.current().order_by("path").iterator(chunk_size=2000)):
            add(writer, target)
            count += 1
            if count % 500 == 0:
                progress("Indexing the classification", min(count * 3, items), items)  # a family has three members or so
        progress("Indexing the classification", items, items)
        for done, target in enumerate(article_targets(), start=1):
            add(writer, target)
            count += 1
            if done % 50 == 0 or done == articles:
                progress("Indexing the articles", min(done, articles), articles)
        say(writer, state)
    return count


def put_in_place(place: str) -> None:
    """Make the index in `place` the one in use, at once and for every process."""
    handle, name = tempfile.mkstemp(prefix="current-", dir=folder())
    with os.fdopen(handle, "w") as file:
        file.write(Path(place).name)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, folder() / "current")


def remove_others(keep: str) -> None:
    """Remove what earlier builds left behind. Readers that have one of them open keep it until they look again."""
    for left in [*folder().glob("index-*"), *folder().glob("current-*")]:
        if left.name != keep:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


@contextlib.contextmanager
def lock(name: str, patience: float) -> Iterator[bool]:
    """Yield whether the lock `name` was had within `patience` seconds. The kernel lets go of it where a process dies."""
    folder().mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience
    with folder().joinpath(name).open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            if time.monotonic() >= until:
                yield False
                return
            time.sleep(0.02)
        yield True


# --- Bringing in step, by command and at start ------------------------------------------------------------------------------


def bring_in_step(progress: Progress = silently) -> int | None:
    """Catch up, or make the index anew where that is not enough; return how many targets were written anew, None for a catch-up.

    Raises IndexBusy where another process is at it, OSError or IndexUnusable where it cannot be written.
    """
    with contextlib.suppress(IndexUnusable):
        state = state_of(reader().searcher())
        if state.release == fingerprint() and state.rewritten <= opening.MOST_REWRITTEN:
            with whatever_breaks():
                outcome = catch_up(PATIENCE)
            if outcome is Outcome.BUSY:
                raise IndexBusy("Another process is writing to the search index.")
            if outcome is Outcome.IN_STEP:
                return None
    return rebuild(progress)


def follow(seconds: float = 1.0, times: int | None = None) -> Iterator[int | None]:
    """Bring the index in step again and again; yield after each look. What goes wrong is logged, and tried again."""
    while times is None or times > 0:
        count = None
        try:
            count = bring_in_step()
        except IndexBusy:
            pass  # the other process does it
        except (DatabaseError, IndexUnusable, OSError) as error:
            logger.warning("The search index could not be brought in step: %s", str(error).partition("\n")[0])
        yield count
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # a database that was restarted is asked anew
        times = times and times - 1
        if times != 0:
            time.sleep(seconds)


@dataclass(frozen=True)
class Differences:
    """Where index and database disagree, by the keys of targets: `a7` is the article with pk 7, `i12` the family of item 12."""

    missing: list[str]
    left_over: list[str]
    other: list[str]
    behind: int  # changes that the index does not hold yet

    def __bool__(self) -> bool:
        return bool(self.missing or self.left_over or self.other or self.behind)


def check(progress: Progress = silently) -> Differences:
    """Compare the index in use with the database, document by document; write nothing. Raises IndexUnusable."""
    searcher = reader().searcher()
    state = state_of(searcher)
    hits = searcher.search(Query.term_query(SCHEMA, "kind", PAGE), max(searcher.num_docs, 1), count=False).hits
    held = {}
    for _, address in hits:
        page = searcher.doc(address)
        held[page.get_first("key")] = page.get_first("digest")
    missing, other = [], []
    expected = chain(family_targets(Item.objects.current().order_by("path").iterator(chunk_size=2000)), article_targets())
    for count, target in enumerate(expected, start=1):
        digest = held.pop(target.key, None)
        if digest is None:
            missing.append(target.key)
        elif digest != target.digest:
            other.append(target.key)
        if count % 500 == 0:
            progress("Comparing", count, count + len(held))
    return Differences(missing, sorted(held), other, max(last_number() - state.number, 0))
