"""The index as a process has it open: read anew after each commit, and repaired by a process of its own where it is unusable.

On disk `current` names the folder of the index in use, so that a new one takes its place by one rename.
"""

import contextlib
import hashlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from tantivy import Index, Query, Searcher

from conditions.finding import documents, schema, words
from conditions.finding.schema import SCHEMA, STATE, register_analysers
from conditions.models import ChangeCounter

# Of what makes an index: the code of its documents and terms. One that other code made is made anew, whoever forgot to say so.
MAKERS = [documents.__file__, schema.__file__, words.__file__, str(words.DATA / "spelling.tsv")]
VERSION = hashlib.sha256(b"".join(Path(path).read_bytes() for path in MAKERS)).hexdigest()[:16]
CHECK_EVERY = 1.0  # seconds between two looks at the database's number, in one process
RETRY_AFTER = 60.0  # seconds until another repair is tried where one failed, or the index is unusable still
MOST_REWRITTEN = 2_000  # targets; what was deleted weighs on the order of results until the index is made anew

logger = logging.getLogger(__name__)


class IndexUnusable(Exception):
    """There is no index, or one that cannot be read, or one of another version."""


class IndexBroken(IndexUnusable):
    """The engine failed while it was asked: the files look well from outside, so the index is to be made anew in any case."""


@dataclass(frozen=True)
class State:
    """What an index says of itself."""

    version: str
    number: int  # of the last change that it holds
    release: str  # fingerprint of the classification
    rewritten: int = 0  # targets since it was made


class Guarded:
    """The engine's searcher. Whatever it raises is IndexBroken: it panics where a file is garbled, which is no Exception."""

    def __init__(self, searcher: Searcher):
        self._searcher = searcher

    @property
    def num_docs(self) -> int:
        return self._searcher.num_docs

    def __getattr__(self, name: str):
        ask = getattr(self._searcher, name)

        def guarded(*arguments, **named):
            try:
                return ask(*arguments, **named)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                raise IndexBroken(f"{type(error).__name__}: {error}") from error

        self.__dict__[name] = guarded
        return guarded


class Reader:
    """The index that a process has open."""

    def __init__(self, folder: str, index: Index):
        self.folder, self.index = folder, index
        self.checked_at = 0.0
        self.memory: dict = {}  # what `vocabulary` remembers of this very index

    def searcher(self) -> Guarded:
        with whatever_breaks():
            self.index.reload()
            return Guarded(self.index.searcher())


_reader: Reader | None = None
_repair: subprocess.Popen | None = None
_repair_began_at = -RETRY_AFTER
_was_unusable = False  # when the last repair began


def folder() -> Path:
    return Path(settings.INDEX_DIR)


def reader() -> Reader:
    """Return the index in use, opened once a process. Raises IndexUnusable."""
    global _reader
    name = current_name()
    if not name:
        raise IndexUnusable(f"there is none in {folder()}")
    place = str(folder() / name)
    if _reader is None or _reader.folder != place:
        _reader = Reader(place, open_index(place))
    return _reader


def open_index(place: str) -> Index:
    """Open the index in the folder `place`. Raises IndexUnusable where it is broken or of another version."""
    with whatever_breaks():
        index = Index.open(place)
        register_analysers(index)
        index.config_reader("manual")
        index.reload()
        state = state_of(index.searcher())
    if state.version != VERSION:
        raise IndexUnusable(f"version {state.version} instead of {VERSION}")
    return index


@contextlib.contextmanager
def whatever_breaks(*but: type[BaseException]):
    """Turn what the engine raises into IndexUnusable, `but` these; it panics where a file was cut, which is no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, DatabaseError, IndexUnusable, *but):
        raise
    except BaseException as error:
        raise IndexUnusable(f"{type(error).__name__}: {error}") from error


def state_of(searcher: Guarded | Searcher) -> State:
    found = searcher.search(Query.term_query(SCHEMA, "kind", STATE), 1, count=False).hits
    if not found:
        raise IndexUnusable("it does not say what it holds")
    return State(**json.loads(searcher.doc(found[0][1]).get_first("told")))


def ready_searcher() -> tuple[Reader, Guarded]:
    """Return the index for a request. Raises IndexUnusable; see `repaired`.

    Where it is behind the database, a process of its own is started that brings it in step: no request of a visitor reads gated
    text, not even to index it.
    """
    current = reader()
    searcher = current.searcher()
    if time.monotonic() - current.checked_at >= CHECK_EVERY:
        current.checked_at = time.monotonic()
        state = state_of(searcher)
        if state.number != last_number():
            begin_repair("it is behind the database")
        elif state.rewritten > MOST_REWRITTEN:
            begin_repair("much of it was rewritten")
    return current, searcher


@contextlib.contextmanager
def repaired() -> Iterator[None]:
    """Start a repair where the index turns out to be unusable, and let IndexUnusable through to who has another answer."""
    try:
        yield
    except IndexUnusable as reason:
        forget()
        begin_repair(str(reason), is_unusable=True, is_broken=isinstance(reason, IndexBroken))
        raise


def forget() -> None:
    """Close the index of this process; the next request opens what is there then."""
    global _reader
    _reader = None


def begin_repair(reason: str, is_unusable: bool = False, is_broken: bool = False) -> None:
    """Start a process that brings the index in step, or makes it anew where it is broken inside.

    There is one at a time of this process. After one that failed, or that left the index unusable to us, the next waits a minute:
    so do processes of an older release, to which the index of a newer one stays unusable until they are started anew.
    """
    global _repair, _repair_began_at, _was_unusable
    status = _repair.poll() if _repair else 0
    pause = RETRY_AFTER if status or (is_unusable and _was_unusable) else CHECK_EVERY
    if status is None or time.monotonic() - _repair_began_at < pause:
        return
    logger.info("Bringing the search index in step: %s.", reason)
    _repair_began_at, _was_unusable = time.monotonic(), is_unusable
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "index", "--verbosity", "0"]
    command += ["--rebuild"] if is_broken else []
    try:
        _repair = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603 - our own command
    except OSError as error:
        logger.warning("No process could be started for it: %s", str(error))
        _was_unusable = True


def current_name() -> str:
    """Return the name of the folder of the index in use; nothing where there is none."""
    with contextlib.suppress(OSError):
        return folder().joinpath("current").read_text().strip()
    return ""


def last_number() -> int:
    return ChangeCounter.objects.values_list("last", flat=True).first() or 0
