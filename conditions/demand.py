"""Counts the codes that readers looked for and no article serves, so that editors know what to write next.

What is kept is a code, a month and a number: no person, no session, no address, no time. A shared cache answers for pages of
visitors during a minute, and what a process has not written yet is lost when it is killed: the counts are lower bounds.
"""

import logging
import re
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from multiprocessing.util import Finalize

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from conditions.models import ArticleItem, CodeDemand, Item
from conditions.models.classification import ancestor_paths

WRITE_EVERY = 60.0  # seconds
MOST_WAITING = 200  # counts
# A browser says Mozilla; a robot with manners says what it is, or where to read of it. The site's own walks say nothing.
BROWSER, ROBOT = re.compile(r"(?:Mozilla|Opera)/"), re.compile(r"bot|crawl|spider|slurp|\+http", re.IGNORECASE)

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_waiting: Counter[tuple[date, int]] = Counter()  # by month and item's pk
_written_at = time.monotonic()
_writer: threading.Thread | None = None
_at_the_end: Finalize | None = None
_has_failed = False


def note_reader(request, item: Item) -> None:
    """Count that a reader looked for `item`: not one of the staff, not a robot, and not a request for the headers alone."""
    agent = request.headers.get("User-Agent", "")
    if request.method == "GET" and BROWSER.match(agent) and not ROBOT.search(agent) and not request.user.is_staff:
        note(item.pk)


def note(item_pk: int) -> None:
    """Count one more look for the item. A thread of its own writes now and then, so that no reader waits for the database."""
    global _written_at, _writer, _at_the_end
    with _lock:
        _waiting[timezone.localdate().replace(day=1), item_pk] += 1
        if _at_the_end is None:
            # Not `atexit`, which a worker that was forked off does not come to.
            _at_the_end = Finalize(None, flush, exitpriority=0)
        is_due = time.monotonic() - _written_at >= WRITE_EVERY or _waiting.total() >= MOST_WAITING
        if not is_due or (_writer and _writer.is_alive()):
            return
        _written_at = time.monotonic()
        _writer = threading.Thread(target=_flush_and_leave, name="demand", daemon=True)
        _writer.start()


def _flush_and_leave() -> None:
    try:
        flush()
    finally:
        connection.close()


def flush() -> None:
    """Write what waits. What the database does not take is dropped: these are lower bounds, and no page may fail for them."""
    global _has_failed
    with _lock:
        counts = dict(_waiting)
        _waiting.clear()
    try:
        if counts:
            _add(counts)
    except DatabaseError:
        if not _has_failed:
            logger.warning("Counts of codes without an article could not be written, and were dropped.", exc_info=True)
        _has_failed = True


def _add(counts: dict[tuple[date, int], int]) -> None:
    """Add `counts` to the table in one transaction; the rows in one order, so that two processes never wait for each other."""
    by_month: dict[date, dict[int, int]] = defaultdict(dict)
    for (month, item), count in sorted(counts.items()):
        by_month[month][item] = count
    with transaction.atomic():
        for month, items in by_month.items():
            CodeDemand.objects.bulk_create((CodeDemand(item_id=item, month=month) for item in items), ignore_conflicts=True)
            rows = CodeDemand.objects.filter(month=month, item__in=items)
            row_of = dict(rows.select_for_update().order_by("item").values_list("item", "pk"))
            alike = defaultdict(list)
            for item, count in items.items():
                alike[count].append(row_of[item])
            for count, pks in sorted(alike.items()):
                CodeDemand.objects.filter(pk__in=pks).update(count=F("count") + count)


def forget() -> None:
    """Drop what waits to be written."""
    with _lock:
        _waiting.clear()


# --- What is wanted ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """An item that has no article, and how often it was looked for, rounded down to tens."""

    item: Item
    count: int


def most_wanted(months: int = 3, least: int = 10, most: int = 20) -> list[Wanted]:
    """Return the items looked for most in this month and those before, `months` in all, that no article serves still.

    The first is the most wanted. Fewer than `least` looks are not told. Two queries.
    """
    served = set(
        ArticleItem.objects.filter(language=settings.LANGUAGE_CODE, article__revisions__state="published").values_list(
            "item__path", flat=True
        )
    )
    counted = (
        CodeDemand.objects.filter(month__gte=months_ago(months - 1))
        .values_list("item")
        .annotate(times=Sum("count"))
        .filter(times__gte=least)
        .order_by("-times", "item__path")
        .values_list("item", "item__code", "item__is_block", "item__level", "item__title", "item__path", "times")
    )
    found = []
    for pk, code, is_block, level, title, path, times in counted.iterator(chunk_size=200):
        if served.isdisjoint(ancestor_paths(path)):
            item = Item(pk=pk, code=code, is_block=is_block, level=level, title=title, path=path)
            found.append(Wanted(item, times // 10 * 10))
        if len(found) == most:
            break
    return found


def months_ago(months: int, today: date | None = None) -> date:
    """Return the first day of the month that many months before this one; negative numbers are months to come."""
    today = today or timezone.localdate()
    place = today.year * 12 + today.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)
