"""The worker, as a process of its own on a database of its own: late, perhaps, but nothing is lost and nothing published twice."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from conditions import link_check
from conditions.finding import keeping
from conditions.models import AuditEntry, Change, LinkCheck, PreviewLink, Revision, Seat
from conditions.publishing import publish_due
from conditions.workflow import approve, saved, schedule, start_draft, submit, unschedule
from portal import startup, work
from tests import factories
from tests.portal.test_serve import first_answer, free_port

Act, State = AuditEntry.Act, Revision.State


# --- The worker as a process -------------------------------------------------------------------------------------------------


class Worker(subprocess.Popen):
    def __init__(self, *arguments, environment, **options):
        command = [sys.executable, "manage.py", "work", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        super().__init__(command, env=environment, cwd=startup.settings.BASE_DIR, **pipes | options)

    def end(self, how=signal.SIGTERM):
        """Send the signal `how`; return (exit code, lines that were said, what went to the log)."""
        self.send_signal(how)
        said, logged = self.communicate(timeout=20)
        return self.returncode, said.splitlines(), logged


@pytest.fixture
def start_worker(environment):
    """Return a function that starts a worker; those that are left are killed in the end."""
    workers = []

    def start(*arguments, **variables):
        workers.append(Worker(*arguments, environment=environment | variables))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.communicate()


def scheduled(count, at, first=1, **fields):
    """Add `count` articles whose drafts wait for the time `at`, each with sections, gated text, a card and a reference."""
    fields = {"approval": Revision.Approval.OPERATOR, "state": State.APPROVED, "publish_at": at} | fields
    numbers = range(first, first + count)
    with transaction.atomic():
        chapter = factories.item(f"{first:02}", "A chapter")
        items = {number: factories.item(f"A{number:03}", "A condition", chapter) for number in numbers}
        return [factories.draft(items[n], slug=f"article-{n}", title=f"Hardened muscle {n}", **fields) for n in numbers]


def wait_until(is_so, seconds=60):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "It did not happen in time."
        time.sleep(0.01)


def published():
    return Revision.objects.published().count()


def published_once(count):
    """Say whether there are `count` articles, each with one publication in all that tells of one."""
    changes = list(Change.objects.order_by("number").values_list("number", "revision"))
    revisions = set(Revision.objects.published().exclude(published_at=None).values_list("pk", flat=True))
    entries = Counter(AuditEntry.objects.filter(act=Act.PUBLISHED).values_list("article_pk", "revision_number"))
    return (
        len(revisions) == count == Revision.objects.count()
        and [number for number, _ in changes] == list(range(1, count + 1))
        and {revision for _, revision in changes} == revisions
        and len(entries) == count
        and set(entries.values()) == {1}
    )


def ago(**length):
    return timezone.now() - timedelta(**length)


# --- Late, but never lost -----------------------------------------------------------------------------------------------------


def test_a_hundred_articles_are_published_once_each_though_the_worker_is_killed_again_and_again(start_worker, record_property):
    scheduled(100, ago(minutes=3))
    keeping.rebuild()
    for enough in [10, 60]:
        worker = start_worker()
        wait_until(lambda enough=enough: published() >= enough)
        worker.kill()
        worker.wait()
        assert enough <= published() < 100
    worker = start_worker()
    began, before = time.monotonic(), published()
    wait_until(lambda: published() == 100)
    seconds = time.monotonic() - began
    assert worker.end()[0] == 0
    assert published_once(100)
    assert not keeping.check()
    told = f"The worker published {100 - before} of 100 articles in {seconds:.1f} s from its start, killed twice before."
    record_property("told", told)


def test_what_came_due_while_nothing_ran_is_published_late_by_the_next_start(start_worker):
    scheduled(1, ago(minutes=12, seconds=5))
    worker = start_worker()
    wait_until(lambda: published() == 1)
    assert worker.end() == (0, ["Published: article-1, revision 1, 12 min late."], "")


def test_what_comes_due_while_it_runs_is_published_within_seconds(start_worker):
    scheduled(1, timezone.now() + timedelta(seconds=3))
    worker = start_worker()
    wait_until(lambda: published() == 1)
    revision = Revision.objects.get()
    assert timedelta(0) <= revision.published_at - revision.publish_at < timedelta(seconds=work.PUBLISH_EVERY + 10)
    assert worker.end()[0] == 0


def test_two_workers_at_the_same_time_publish_nothing_twice(start_worker):
    scheduled(60, ago(minutes=3))
    workers = [start_worker(), start_worker()]
    wait_until(lambda: published() == 60)
    ends = [worker.end() for worker in workers]
    assert [(code, log) for code, _, log in ends] == [(0, ""), (0, "")]
    assert len({line.partition(",")[0] for _, said, _ in ends for line in said}) == sum(len(said) for _, said, _ in ends) == 60
    assert published_once(60)


def test_a_worker_that_saw_what_was_due_before_another_one_published_it_leaves_it_alone(start_worker):
    scheduled(5, ago(minutes=3))
    ours = publish_due()
    next(ours)  # it has read the list of all five
    assert start_worker("--once").wait(20) == 0
    assert list(ours) == []
    assert published_once(5)


def test_on_sigterm_it_ends_after_the_revision_at_hand(start_worker):
    scheduled(60, ago(minutes=3))
    worker = start_worker()
    wait_until(lambda: published() > 3)
    code, said, log = worker.end()
    assert (code, len(said), log) == (0, published(), "")
    assert published() < 60


def test_ctrl_c_ends_it_without_a_word(start_worker):
    scheduled(1, ago(minutes=3))
    worker = start_worker()
    wait_until(lambda: published() == 1)
    assert worker.end(signal.SIGINT)[::2] == (0, "")


def test_once_is_once(start_worker):
    scheduled(2, ago(hours=30))
    worker = start_worker("--once")
    said, _ = worker.communicate(timeout=20)
    assert (worker.returncode, said.count("30 h late")) == (0, 2)


def test_a_timer_learns_that_something_went_wrong(start_worker, tmp_path):
    worker = start_worker("--once", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    _, log = worker.communicate(timeout=20)
    assert worker.returncode == 1
    assert "The worker's publishing waits for the database, which cannot be used: no such table" in log


@pytest.mark.skipif(connection.vendor == "sqlite", reason="A file has no server that may be gone")
def test_a_database_that_was_gone_is_asked_anew(start_worker):
    worker = start_worker()
    scheduled(1, ago(minutes=3))
    wait_until(lambda: published() == 1)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")
    scheduled(1, ago(minutes=3), first=2)
    wait_until(lambda: published() == 2)
    assert worker.end()[0] == 0


# --- What is not published ----------------------------------------------------------------------------------------------------


@pytest.fixture
def people(database):
    User = get_user_model()
    return [User.objects.create_superuser(f"{name}@example.org", "correct horse battery") for name in ["author", "second"]]


@pytest.fixture
def approved(people):
    """A clinical change that a second person has approved and scheduled, whose time has come."""
    author, second = people
    [revision] = scheduled(1, None, change_kind="clinical", state=State.DRAFT)
    saved(revision, author, grade=None)
    submit(revision, author)
    approve(revision, second)
    schedule(revision, timezone.now() + timedelta(hours=1), second)
    Revision.objects.update(publish_at=ago(minutes=3))
    revision.refresh_from_db()
    return revision


def test_what_was_approved_and_scheduled_is_published(approved, start_worker):
    assert start_worker("--once").wait(20) == 0
    assert published() == 1


def test_what_was_taken_off_the_schedule_is_not(approved, people, start_worker):
    unschedule(approved, people[1])
    assert start_worker("--once").wait(20) == 0
    assert published() == 0


def test_what_was_changed_after_its_approval_is_not(approved, people, start_worker):
    saved(approved, people[0], grade=None)
    assert start_worker("--once").wait(20) == 0
    assert published() == 0


def test_what_was_changed_without_being_saved_at_the_desk_is_held(approved, start_worker):
    approved.sections.filter(kind="overview").update(body="<p>Other words.</p>")
    said, _ = start_worker("--once").communicate(timeout=20)
    assert said == "Held: article-1, revision 1, is not published; its page in the administration says why.\n"
    approved.refresh_from_db()
    assert approved.held_because == "The text has changed since it was approved: it has to be approved once more."


# --- The rounds of a job ------------------------------------------------------------------------------------------------------


@pytest.fixture
def late(hand):
    """A draft whose time has come, in the suite's own database."""
    approved = {"state": State.APPROVED, "approval": Revision.Approval.OPERATOR}
    return factories.draft(hand["M61.24"], publish_at=ago(minutes=3), **approved)


@pytest.fixture
def rounds():
    """Return a function that goes one round of a job, as the same worker each time; and the list of what was said."""
    said, known = [], {}

    def go(do):
        round = known.setdefault(do, work.Round(work.Job("testing", 0, do), said.append))
        round.is_done, round.due_at = False, 0
        while not round.is_done:
            round.step()

    return go, said


@pytest.mark.django_db
def test_what_is_held_is_tried_in_each_round_and_told_once(late, rounds):
    go, said = rounds
    Revision.objects.update(change_sentence="")
    go(work.publish), go(work.publish), go(work.publish)
    held = "Held: hardened-hand-muscle, revision 1, is not published; its page in the administration says why."
    assert said == [held]
    assert AuditEntry.objects.filter(act=Act.HELD).count() == 1
    Revision.objects.update(change_sentence="First version.")
    go(work.publish)
    assert said == [held, "Published: hardened-hand-muscle, revision 1, 3 min late."]


def failing(error, words=""):
    def do():
        yield "begun"
        raise error(words)

    return do


@pytest.mark.django_db
def test_what_breaks_is_logged_once_without_its_words_and_tried_again(rounds, caplog):
    go, _ = rounds
    do = failing(KeyError, "Hardened hand muscle of somebody@example.org")
    go(do), go(do)
    assert len(caplog.records) == 1
    assert "The worker's testing failed with KeyError" in caplog.text
    assert "in do" in caplog.text  # the place
    assert "Hardened" not in caplog.text
    assert "somebody" not in caplog.text


@pytest.mark.django_db
def test_a_job_that_breaks_does_not_keep_the_others_from_theirs():
    done = []
    jobs = [work.Job("breaking", 5, failing(ValueError)), work.Job("counting", 5, lambda: iter([done.append(1) or ""]))]
    assert work.work_once(print, lambda: False, jobs) is False
    assert done == [1]


def test_a_job_that_hangs_does_not_keep_the_others_from_theirs(monkeypatch):
    monkeypatch.setattr(work, "GRACE", 0)
    over, done = threading.Event(), []
    jobs = [
        work.Job("hanging", 5, lambda: iter([over.wait(20) or ""])),
        work.Job("counting", 5, lambda: iter([done.append(1) or ""])),
    ]
    work.work(print, lambda: bool(done), jobs)
    over.set()
    assert done == [1]


@pytest.mark.django_db
def test_a_database_that_is_gone_is_waited_for(rounds, caplog):
    go, _ = rounds
    do = failing(OperationalError, "the server closed the connection\nDETAIL: somebody@example.org")
    go(do), go(do)
    assert [record.getMessage() for record in caplog.records] == [
        "The worker's testing waits for the database, which cannot be used: the server closed the connection"
    ]


@pytest.mark.parametrize(
    ("length", "told"), [({"seconds": 59}, "59 s"), ({"minutes": 59}, "59 min"), ({"hours": 47}, "47 h"), ({"days": 3}, "3 days")]
)
def test_how_late_is_told_in_one_unit(length, told):
    assert work.told_length(timedelta(**length)) == told


@pytest.mark.django_db
def test_a_daily_job_is_done_once_a_day_whoever_comes_first(rounds):
    go, said = rounds
    key = "work:counting"
    cache.delete(key)
    first, second = (work.once_a_day("counting", lambda: iter(["done"])).do for _ in range(2))
    go(first), go(second), go(first)
    assert said == ["done"]
    cache.delete(key)  # a day later
    go(second)
    assert said == ["done", "done"]


@pytest.mark.django_db
def test_tidying_removes_what_is_old_and_keeps_what_somebody_may_need(hand, author, editor, reviewer, rounds):
    revision = factories.draft(hand["M61.24"])
    old, now = ago(days=2), timezone.now()
    Seat.objects.create(revision=revision, user=author, seen_at=old)
    unsaved = Seat.objects.create(revision=revision, user=editor, seen_at=old, form={"title": ["Another"]}, form_at=old)
    fresh = Seat.objects.create(revision=revision, user=reviewer, seen_at=now)
    links = {"ended long ago": (ago(days=91), None), "ended": (ago(days=89), None), "open": (now + timedelta(days=3), None)}
    links["revoked long ago"] = now + timedelta(days=3), ago(days=91)
    for whom, (expires, revoked) in links.items():
        link = PreviewLink.objects.create(revision=revision, for_whom=whom, expires_at=now + timedelta(days=3), revoked_at=revoked)
        PreviewLink.objects.filter(pk=link.pk).update(created_at=ago(days=100), expires_at=expires)
    Session.objects.create(session_key="a", session_data="", expire_date=old)
    Session.objects.create(session_key="b", session_data="", expire_date=now + timedelta(days=1))
    rounds[0](work.tidy)
    assert set(Seat.objects.all()) == {unsaved, fresh}
    assert set(PreviewLink.objects.values_list("for_whom", flat=True)) == {"ended", "open"}
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b"]


@pytest.mark.django_db
def test_owners_are_reminded_of_reviews(article, editor, rounds, mailoutbox):
    article.owner, article.review_due_on = editor, timezone.localdate()
    article.save()
    go, said = rounds
    go(work.remind), go(work.remind)
    assert [mail.to for mail in mailoutbox] == [[editor.email]]
    assert said == ["Sent: 1 reminder of a review."]


@pytest.mark.django_db
def test_what_was_published_before_grades_were_kept_gets_one(article, rounds):
    article.revisions.get().sections.filter(kind="overview").update(body=f"<p>{'A part of the muscle turns into bone. ' * 30}</p>")
    article.revisions.update(grade=None)
    rounds[0](work.grade)
    assert article.revisions.get().grade is not None
    assert rounds[1] == ["Graded: 1 revision published before grades were kept."]


@pytest.mark.django_db
@pytest.mark.parametrize(("is_wanted", "asked"), [(True, ["https://medlineplus.gov/muscledisorders.html"]), (False, [])])
def test_references_are_asked_where_the_operator_wants_it(article, rounds, settings, monkeypatch, is_wanted, asked):
    settings.CHECK_LINKS = is_wanted
    answer = link_check.Answer(LinkCheck.State.OK, from_host=True)
    monkeypatch.setattr(link_check, "Asker", lambda: lambda _: answer)  # in the place of the net
    rounds[0](work.check_links)
    assert list(LinkCheck.objects.values_list("url", flat=True)) == asked


@pytest.mark.django_db
def test_a_machine_without_a_way_to_the_net_says_so_and_blames_no_reference(article, rounds, settings, monkeypatch):
    settings.CHECK_LINKS = True
    answer = link_check.Answer(LinkCheck.State.UNREACHABLE)
    monkeypatch.setattr(link_check, "Asker", lambda: lambda _: answer)
    monkeypatch.setattr(link_check, "HOSTS_FOR_A_DOUBT", 1)
    rounds[0](work.check_links)
    assert rounds[1] == ["Not checked: references, for not one of them answered. This machine seems to have no way to the net."]
    assert not LinkCheck.objects.exists()


# --- The time ---------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_nine_o_clock_in_a_london_summer_is_eight_by_utc(hand, superuser, settings, monkeypatch):
    settings.TIME_ZONE = "Europe/London"
    revision = start_draft(factories.published_article(hand["M61.24"]))
    Revision.objects.filter(pk=revision.pk).update(change_kind="editorial", change_sentence="A comma.")
    schedule(revision, timezone.make_aware(datetime(2035, 7, 1, 9, 0)), superuser)  # noqa: DTZ001 - as a form gives it
    assert Revision.objects.get(pk=revision.pk).publish_at == datetime(2035, 7, 1, 8, 0, tzinfo=UTC)
    assert AuditEntry.objects.get(act=Act.SCHEDULED).detail == "for 2035-07-01 09:00 BST"
    monkeypatch.setattr(timezone, "now", lambda: datetime(2035, 7, 1, 7, 59, 59, tzinfo=UTC))
    assert list(publish_due()) == []
    monkeypatch.setattr(timezone, "now", lambda: datetime(2035, 7, 1, 8, 0, tzinfo=UTC))
    assert [why_not for _, why_not in publish_due()] == [""]


# --- With the site ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_start_publishes_what_is_late_before_the_server_is_there_and_says_so_in_one_line(late):
    said = []
    startup.catch_up(said.append)
    assert said == ["Published 1 article whose time had come while nothing ran."]
    startup.catch_up(said.append)
    assert len(said) == 1


@pytest.mark.django_db
def test_a_start_says_that_something_is_held_and_not_why(late):
    Revision.objects.update(change_sentence="")
    said = []
    startup.catch_up(said.append)
    assert said == ["1 article could not be published at the time set; the administration says why."]


def test_whatever_breaks_then_does_not_keep_the_site_from_starting(monkeypatch):
    def break_down():
        raise KeyError("Hardened hand muscle")

    monkeypatch.setattr(startup, "publish_due", break_down)
    said = []
    startup.catch_up(said.append)
    assert said == ["Not all that is due could be published (KeyError)."]


@pytest.mark.parametrize(("value", "is_wanted"), [("", True), ("true", True), ("false", False)])
def test_a_worker_is_started_unless_told_otherwise(monkeypatch, value, is_wanted):
    monkeypatch.setenv("WORKER", value)
    assert startup.wants_worker() is is_wanted


def test_it_ends_with_the_process_that_started_it_however_that_ended(environment):
    start = "import django, time; django.setup(); from portal import startup; startup.start_worker(); time.sleep(60)"
    scheduled(1, ago(minutes=3))
    with subprocess.Popen(
        [sys.executable, "-c", start],
        env=environment | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        cwd=startup.settings.BASE_DIR,
        stdout=subprocess.PIPE,
    ) as server:
        wait_until(lambda: published() == 1)
        server.kill()
        server.communicate(timeout=5)  # it reads until nobody can write any more: the worker neither


# What takes long at a first start is left out: what is asked for here needs neither static files nor the articles of the release.
SERVE = """
import django
from django.core.management import call_command
django.setup()
from portal import startup
startup.collect_static_files = startup.load_content = lambda say: None
call_command("serve")
"""


def test_a_served_site_publishes_what_is_scheduled_and_its_worker_ends_with_it(environment):
    scheduled(1, ago(days=1))
    [later] = scheduled(1, timezone.now() + timedelta(days=1), first=2)
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env=environment | {"PORT": str(port), "WEB_CONCURRENCY": "1", "DJANGO_SETTINGS_MODULE": "portal.settings"},
        cwd=startup.settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            site = f"http://127.0.0.1:{port}"
            assert first_answer(f"{site}/health/live") == b"ok\n"
            assert published() == 1
            assert "Hardened muscle 2" not in suggested(site)
            Revision.objects.filter(pk=later.pk).update(publish_at=timezone.now())
            wait_until(lambda: published() == 2)
            wait_until(lambda: "Hardened muscle 2" in suggested(site), seconds=5)
        finally:
            os.killpg(server.pid, signal.SIGINT)  # as a terminal does it
            said, _ = server.communicate(timeout=20)  # until nobody can write any more: the worker neither
    assert server.returncode == 0
    assert "Published 1 article whose time had come while nothing ran." in said
    assert re.search(r"^Published: article-2, revision 1, \d s late\.$", said, re.MULTILINE)
    assert "Traceback" not in said


def suggested(site):
    return urlopen(f"{site}/search/suggest/?q=hardened+muscle", timeout=5).read().decode()  # noqa: S310
