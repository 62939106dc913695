"""What the worker does beside the site: it publishes what is due, and sees to what comes round each minute or each day.

Nothing is lost where it is killed: each publication is one transaction, what is due is asked of the database, and whatever was
interrupted is taken up by the next round. Several workers may run at once.

Each job has a thread of its own: neither a mail server that hangs nor another site that is slow keeps an article from its readers.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from conditions import link_check, sharing, unsaved
from conditions.checking import fill_grades
from conditions.models import Revision
from conditions.publishing import publish_due
from conditions.reviewing import send_reminders
from conditions.text import counted

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60  # seconds
PUBLISH_EVERY = 5  # seconds
TICK = 1.0  # seconds between two looks at whether something is due, or all is over
GRACE = 10  # seconds that a step may go on when all is over; it is one transaction, which would be taken back
LEAVE_LINKS = timedelta(hours=12)  # references that were asked a short while ago, by a check that was interrupted

logger = logging.getLogger(__name__)


# --- The jobs ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """Something to be done again and again, in steps between which the worker may be stopped.

    `do` yields after each step a line to be said, or "". No line and no name holds a title or a person.
    """

    name: str
    every: float  # seconds
    do: Callable[[], Iterator[str]]


def publish() -> Iterator[str]:
    """Publish what waits for a time that has come, a step each."""
    for revision, why_not in publish_due():
        named = f"{revision.article}, revision {revision.number}"
        if why_not:  # the reasons may quote the draft
            yield f"Held: {named}, is not published; its page in the administration says why."
        elif revision.state == Revision.State.PUBLISHED:
            yield f"Published: {named}, {told_length(revision.published_at - revision.publish_at)} late."
        else:
            yield ""  # taken off the schedule meanwhile


def remind() -> Iterator[str]:
    count = send_reminders()
    yield f"Sent: {counted(count, 'reminder')} of a review." if count else ""


def tidy() -> Iterator[str]:
    """Remove what nobody needs any more: empty seats of yesterday, links that ended long ago, sessions that have expired."""
    unsaved.remove_empty_seats()
    yield ""
    sharing.remove_ended()
    yield ""
    call_command("clearsessions")


def grade() -> Iterator[str]:
    """Give a grade to what was published before grades were kept."""
    count = fill_grades()
    yield f"Graded: {counted(count, 'revision')} published before grades were kept." if count else ""


def check_links() -> Iterator[str]:
    """Ask the addresses in references whether they still answer, a step each; the desk shows what they said."""
    if not settings.CHECK_LINKS:
        return
    link_check.forget_unused()
    try:
        for _ in link_check.check(link_check.due(older_than=LEAVE_LINKS)):
            yield ""
    except link_check.NotOnTheNet:
        yield "Not checked: references, for not one of them answered. This machine seems to have no way to the net."


def once_a_day(name: str, do: Callable[[], Iterator[str]]) -> Job:
    """Return the job that does it once a day, whichever worker comes first and however often they are started.

    Where it is interrupted or fails, it is begun again an hour later.
    """

    def claimed() -> Iterator[str]:
        key = f"work:{name}"
        if cache.add(key, "begun", HOUR):
            yield from do()
            cache.set(key, "done", DAY)

    return Job(name, HOUR, claimed)


JOBS = [
    Job("publishing", PUBLISH_EVERY, publish),
    Job("reminding", MINUTE, remind),
    once_a_day("tidying", tidy),
    once_a_day("grading", grade),
    once_a_day("link-check", check_links),
]


def told_length(length: timedelta) -> str:
    """Return `length` in the greatest unit of which it has one: “12 min”."""
    seconds = int(length.total_seconds())
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    return f"{seconds // HOUR} h" if seconds < 2 * DAY else f"{seconds // DAY} days"


# --- The loop ---------------------------------------------------------------------------------------------------------------


class Round:
    """A job as one worker goes about it: when it is due again, how far it is, and what it said last time."""

    def __init__(self, job: Job, say: Callable[[str], None]):
        self.job, self.say = job, say
        self.due_at = time.monotonic()
        self.steps: Iterator[str] | None = None
        self.said: set[str] = set()
        self.said_before: set[str] = set()
        self.is_done = self.has_failed = False  # once at least

    def step(self) -> bool:
        """Do the next step of the job, and return whether there was one. Whatever goes wrong is logged, and tried again later."""
        if self.steps is None and time.monotonic() < self.due_at:
            return False
        try:
            if self.steps is None:
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()  # a database that was restarted is asked anew
                self.steps = self.job.do()
            self.tell(next(self.steps), self.say)
        except StopIteration:
            self.rest(self.job.every)
        except Exception as error:
            self.tell(f"The worker's {self.job.name} {what_went_wrong(error)}", logger.warning)
            self.has_failed = True
            self.rest(min(self.job.every, MINUTE))
        return True

    def tell(self, line: str, say: Callable[[str], None]) -> None:
        """Say `line` unless it was said in the round before: what is held, or broken, stays so for many rounds."""
        self.said.add(line)
        if line and line not in self.said_before:
            say(line)

    def rest(self, seconds: float) -> None:
        self.steps, self.due_at, self.is_done = None, time.monotonic() + seconds, True
        self.said, self.said_before = set(), self.said


def what_went_wrong(error: Exception) -> str:
    """Return the end of a sentence about `error` for the log. Its message may be words of a draft, and is left out."""
    if isinstance(error, OperationalError | InterfaceError):
        reason, _, _ = str(error).partition("\n")
        return f"waits for the database, which cannot be used: {reason}"
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"failed with {type(error).__qualname__} and will be tried again.\n{frames}"


def work(say: Callable[[str], None], is_over: Callable[[], bool], jobs: Iterable[Job] = JOBS) -> None:
    """Do the jobs, each in its time, until `is_over`, which is asked after each step and each second."""
    threads = [threading.Thread(target=go_round, args=(Round(job, say), is_over), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    while not is_over():
        time.sleep(TICK)
    until = time.monotonic() + GRACE
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))


def go_round(round: Round, is_over: Callable[[], bool]) -> None:
    while not is_over():
        if not round.step():
            time.sleep(TICK)


def work_once(say: Callable[[str], None], is_over: Callable[[], bool], jobs: Iterable[Job] = JOBS) -> bool:
    """Do once each job that is due, one after the other, or until `is_over`; return whether all went well."""
    rounds = [Round(job, say) for job in jobs]
    for round in rounds:
        while not is_over() and not round.is_done:
            round.step()
    return not any(round.has_failed for round in rounds)
