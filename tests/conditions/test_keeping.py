"""The index keeps in step with the database, whatever happens to it, and the site answers meanwhile."""

import errno
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from conditions.changes import ask_to_reindex, ask_to_reindex_all, next_number
from conditions.finding import keeping, opening
from conditions.finding.keeping import IndexBusy, Outcome
from conditions.finding.opening import IndexUnusable
from conditions.finding.query import Index, find
from conditions.models import Article, ChangeCounter, Name, Release
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories

ROOT = Path(__file__).parents[2]


def finds(text):
    return bool(find(Index(*opening.ready_searcher()), text).results)


def state():
    return opening.state_of(opening.reader().searcher())


def draft_of(article, **fields):
    draft = start_draft(article)
    for name, value in ({"change_sentence": "Another text."} | fields).items():
        setattr(draft, name, value)
    draft.save()
    return draft


def retitle(article, title):
    publish(draft_of(article, title=title))


@pytest.fixture
def repairs(monkeypatch):
    """The reasons for which a request asked for a repair."""
    reasons = []
    monkeypatch.setattr(opening, "begin_repair", lambda reason, **kinds: reasons.append(reason))  # noqa: ARG005
    return reasons


# --- In step ------------------------------------------------------------------------------------------------------------------


def test_a_new_index_holds_everything_and_the_number_of_the_last_change(article, index):
    assert finds("hardened hand muscle")
    assert state().number == keeping.last_number() == 1
    assert not keeping.check()


def test_catching_up_brings_a_publication_a_withdrawal_and_a_name(article, hand, index):
    retitle(article, "Marble hand")
    hand["M61"].names.create(text="pebble muscle")
    ask_to_reindex(items=[hand["M61"]])
    assert keeping.catch_up() is Outcome.IN_STEP
    assert finds("marble")
    assert finds("pebble")
    assert not finds("hardened")
    withdraw(article.revisions.published().get(), "Out of date.")
    keeping.catch_up()
    assert not finds("marble")
    assert not keeping.check()


def test_catching_up_twice_writes_once(article, index, monkeypatch):
    retitle(article, "Marble hand")
    keeping.catch_up()
    monkeypatch.setattr(keeping, "write", None)
    assert keeping.catch_up() is Outcome.IN_STEP


def test_the_holder_looks_again_before_it_lets_go(article, index, monkeypatch):
    write, late = keeping.write, ["Marble hand"]

    def write_and_be_overtaken(*arguments):
        write(*arguments)
        if late:
            retitle(article, late.pop())

    monkeypatch.setattr(keeping, "write", write_and_be_overtaken)
    retitle(article, "Granite hand")
    keeping.catch_up()
    assert finds("marble")
    assert state().number == keeping.last_number()


def test_after_a_release_everything_is_made_anew(article, index):
    ask_to_reindex_all()
    assert keeping.catch_up() is Outcome.NEEDS_REBUILD
    assert keeping.bring_in_step() is not None
    assert keeping.bring_in_step() is None


def test_another_database_is_seen_by_its_number_or_its_release(article, index):
    ChangeCounter.objects.update(last=0)
    assert keeping.bring_in_step() is not None
    Release.objects.update(fingerprint="another")
    assert keeping.bring_in_step() is not None


def test_what_a_transaction_took_back_is_not_in_the_index(article, index, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        next_number()
    assert len(callbacks) == 1  # nothing before the commit


def test_the_same_database_makes_the_same_index(article, index):
    before = listing()
    keeping.rebuild()
    assert listing() == before


def listing():
    searcher = opening.reader().searcher()
    found = find(Index(opening.reader(), searcher), "hand muscle")
    return [(result.article, result.item, round(result.score, 6)) for result in found.results], searcher.num_docs


def test_a_change_in_gated_text_alone_moves_nothing_for_visitors(article, index):
    before = listing()[0]
    draft = start_draft(article)
    draft.change_sentence = "The treatment says more."
    draft.save()
    factories.GatedText.objects.filter(section__revision=draft).update(body="<p>Other words, and many more than before.</p>")
    publish(draft)
    keeping.catch_up()
    assert listing()[0] == before


# --- What goes wrong ----------------------------------------------------------------------------------------------------------


def test_without_an_index_the_site_answers_by_names_and_codes_and_asks_for_a_repair(client, article, hand, repairs):
    article.names.create(text="Stone hand")
    page = client.get("/search/", {"q": "stone"}).text
    assert article.get_absolute_url() in page
    assert "being put together" in page
    assert article.get_absolute_url() in client.get("/search/", {"q": "m61249"}).text
    assert client.get("/search/suggest/", {"q": "sto"}).json() == {"suggestions": []}
    assert repairs


def put_in_place_of(file, data):
    """Replace `file`, without writing into it: one that is shortened while the engine maps it kills the process."""
    other = file.with_name(f"{file.name}.other")
    other.write_bytes(data)
    other.replace(file)


def cut_in_half(folder):
    for file in list(folder.iterdir()):
        if file.suffix in (".term", ".idx", ".store", ".fast"):
            put_in_place_of(file, file.read_bytes()[: file.stat().st_size // 2])


def lose_its_list(folder):
    folder.joinpath("meta.json").unlink()


def garble_its_list(folder):
    folder.joinpath("meta.json").write_text("{")


def lose_its_files(folder):
    for file in folder.iterdir():
        if file.name != "meta.json":
            file.unlink()


def lose_the_pointer(folder):
    folder.parent.joinpath("current").write_text("")


def point_nowhere(folder):
    folder.parent.joinpath("current").write_text("index-elsewhere")


@pytest.mark.parametrize("damage", [cut_in_half, lose_its_list, garble_its_list, lose_its_files, lose_the_pointer, point_nowhere])
def test_a_broken_index_is_made_anew_and_the_site_answers_meanwhile(client, article, index, repairs, damage):
    damage(Path(opening.reader().folder))
    opening.forget()
    assert article.get_absolute_url() in client.get("/search/", {"q": "hardened"}).text
    assert repairs
    assert keeping.bring_in_step() is not None
    assert "being put together" not in client.get("/search/", {"q": "hardened"}).text
    assert not keeping.check()


def test_an_index_of_another_version_is_made_anew(article, index, monkeypatch):
    monkeypatch.setattr(opening, "VERSION", "another")
    opening.forget()
    with pytest.raises(IndexUnusable, match="version"):
        opening.ready_searcher()
    assert keeping.bring_in_step() is not None
    assert finds("hardened")


def test_an_index_that_is_behind_answers_and_asks_for_a_repair(client, article, index, repairs):
    retitle(article, "Marble hand")
    page = client.get("/search/", {"q": "hardened"}).text
    assert "Marble hand" in page  # the old words lead there still, the title is the new one
    assert repairs == ["it is behind the database"]


def test_an_index_removed_under_an_open_site_is_no_error(client, article, index, repairs):
    client.get("/search/", {"q": "hardened"})
    subprocess.run(["rm", "-r", opening.folder()], check=True)  # noqa: S607
    assert article.get_absolute_url() in client.get("/search/", {"q": "hardened"}).text
    assert repairs


def full_disk(*arguments, **named):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_index_in_use_as_it_was(article, index, monkeypatch):
    before = opening.current_name()
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "say", full_disk)
        with pytest.raises(OSError, match="No space"):
            keeping.rebuild()
        retitle(article, "Marble hand")
        keeping.quietly_catch_up()  # logged, and left for later
    assert opening.current_name() == before
    assert [path.name for path in opening.folder().glob("index-*")] == [before]
    assert finds("hardened")
    keeping.catch_up()
    assert finds("marble")


def test_a_full_disk_is_told_in_one_line(article, monkeypatch):
    monkeypatch.setattr(keeping, "say", full_disk)
    with pytest.raises(CommandError, match=r"could not be written to .*: No space left on device\.$"):
        call_command("index", "--rebuild", verbosity=0)


def test_a_writer_that_dies_before_its_commit_leaves_nothing(article, index):
    writer = opening.reader().index.writer(keeping.WRITER_MEMORY, 1)
    writer.delete_documents_by_term("key", f"a{article.pk}")
    del writer
    retitle(article, "Marble hand")
    assert keeping.catch_up() is Outcome.IN_STEP
    assert not keeping.check()


def test_a_second_writer_leaves_the_work_to_the_first(article, index):
    retitle(article, "Marble hand")
    with keeping.lock("writing.lock", 0) as is_ours:
        assert is_ours
        began = time.monotonic()
        assert keeping.catch_up(patience=0.1) is Outcome.BUSY
        assert time.monotonic() - began < 1


def test_a_second_build_is_refused(article, index):
    with keeping.lock("building.lock", 0), pytest.raises(IndexBusy):
        keeping.rebuild()


def test_what_a_build_that_was_killed_left_behind_goes_with_the_next(article, index):
    left = opening.folder() / "index-killed"
    left.mkdir()
    keeping.rebuild()
    assert not left.exists()


@pytest.fixture
def processes(monkeypatch):
    """The real repair, with processes that do nothing: their commands. `Process.status` is what each of them ended with."""
    monkeypatch.undo()
    for name, value in (("_repair", None), ("_repair_began_at", -100.0), ("_was_unusable", False), ("CHECK_EVERY", 0.0)):
        monkeypatch.setattr(opening, name, value)
    monkeypatch.setattr(opening.subprocess, "Popen", Process)
    monkeypatch.setattr(Process, "started", [])
    monkeypatch.setattr(Process, "status", None)
    return Process


class Process:
    started: ClassVar = []
    status = None

    def __init__(self, command, **options):
        self.started.append(command[3:])

    def poll(self):
        return self.status


def test_one_repair_runs_at_a_time_and_the_next_when_it_ended(processes):
    opening.begin_repair("it is behind")
    opening.begin_repair("it is behind")
    assert len(processes.started) == 1
    processes.status = 0
    opening.begin_repair("it is behind")
    assert len(processes.started) == 2


@pytest.mark.parametrize(("status", "is_unusable"), [(1, False), (0, True)])
def test_a_repair_that_failed_or_did_not_help_is_not_tried_at_every_request(processes, status, is_unusable):
    opening.begin_repair("it is gone", is_unusable=is_unusable)
    processes.status = status
    for _ in range(10):
        opening.begin_repair("it is gone", is_unusable=is_unusable)
    assert len(processes.started) == 1


def test_what_is_broken_inside_is_made_anew(processes):
    opening.begin_repair("it is garbled", is_unusable=True, is_broken=True)
    assert processes.started == [["--verbosity", "0", "--rebuild"]]


def test_a_machine_without_room_for_a_process_still_answers(processes, client, article, monkeypatch):
    def refuse(command, **options):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(opening.subprocess, "Popen", refuse)
    assert client.get("/search/", {"q": "hardened"}).status_code == 200
    assert client.get("/no/such/condition/").status_code == 404


def garble(folder, suffix):
    for file in list(folder.glob(f"*{suffix}")):
        put_in_place_of(file, bytes(255 - byte for byte in file.read_bytes()))


@pytest.mark.parametrize("suffix", [".store", ".idx", ".term", ".fast"])
def test_an_index_garbled_inside_is_an_answer_without_it_and_made_anew(client, article, index, monkeypatch, suffix):
    asked = []
    monkeypatch.setattr(opening, "begin_repair", lambda reason, **kinds: asked.append(kinds))  # noqa: ARG005
    garble(Path(opening.reader().folder), suffix)
    opening.forget()
    for address in ("/search/?q=hardened", "/search/?q=hardened+bone+hand", "/search/suggest/?q=hard"):
        assert client.get(address).status_code == 200
    assert client.get("/no/such/hardened-hand/").status_code == 404
    assert client.get("/health/ready").status_code in (200, 503)
    # What is not asked for is not missed; whatever was noticed is mended by making it anew, or by the command itself.
    assert all(kinds["is_unusable"] for kinds in asked)


def test_many_rewritten_targets_ask_for_an_index_made_anew(client, article, index, repairs, monkeypatch):
    monkeypatch.setattr(opening, "MOST_REWRITTEN", 0)
    retitle(article, "Marble hand")
    keeping.catch_up()
    client.get("/search/", {"q": "marble"})
    assert repairs == ["much of it was rewritten"]
    assert keeping.bring_in_step() is not None
    assert state().rewritten == 0


def test_work_that_is_left_to_another_process_is_not_called_done(article, index):
    with keeping.lock("writing.lock", 0):
        keeping.PATIENCE, patience = 0.0, keeping.PATIENCE
        try:
            with pytest.raises(CommandError, match="Another process is writing"):
                call_command("index", verbosity=0)
        finally:
            keeping.PATIENCE = patience


def test_a_transaction_of_many_changes_waits_for_another_process_once(article, index):
    with keeping.lock("writing.lock", 0):
        began = time.monotonic()
        for _ in range(5):
            keeping.quietly_catch_up()
        assert time.monotonic() - began < 2 * keeping.PATIENCE


def test_following_goes_on_where_the_database_is_away_for_a_moment(article, index, monkeypatch):
    def refuse():
        raise DatabaseError("connection refused")

    looks = keeping.follow(seconds=0, times=2)
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "last_number", refuse)
        assert next(looks) is None
    retitle(article, "Marble hand")
    next(looks)
    assert finds("marble")


def test_a_word_that_moved_behind_the_gate_is_spelt_out_to_nobody(client, article, index):
    draft = draft_of(article)
    draft.sections.filter(kind="overview").update(body="<p>Doctors call it zorbulatine hand.</p>")
    publish(draft)
    keeping.rebuild()  # into one piece with what stays, so that the engine goes on counting the word
    assert "zorbulatine" in client.get("/search/", {"q": "zorbulatxine hand"}).text
    draft = draft_of(article)
    draft.sections.filter(kind="overview").update(body="<p>Doctors call it another name.</p>")
    factories.GatedText.objects.filter(section__revision=draft).update(body="<p>Doctors call it zorbulatine hand.</p>")
    publish(draft)
    keeping.catch_up()
    for forget in (lambda: None, opening.forget):  # in the same process, and in one that opens the index afresh
        forget()
        assert "zorbulatine" not in client.get("/search/", {"q": "zorbulatxine hand"}).text
        assert "zorbulatine" not in client.get("/search/suggest/", {"q": "zorbulatine"}).text


# --- The command --------------------------------------------------------------------------------------------------------------


def command(*arguments):
    out = StringIO()
    try:
        call_command("index", *arguments, stdout=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_makes_it_and_says_so(article):
    assert "Indexed 6 conditions" in command()[1]
    assert "in step" in command()[1]
    assert "Indexed 6 conditions" in command("--rebuild")[1]


def test_the_check_names_what_differs_and_writes_nothing(article, hand, index):
    assert command("--check") == (0, "Comparing …\nIndex and database agree.\n") or command("--check")[0] == 0
    factories.published_article(hand["M61"], slug="new-article")
    Name.objects.create(item=hand["M61"], text="pebble muscle")
    Article.objects.filter(pk=article.pk).delete()
    status, said = command("--check")
    assert status == 1
    assert "Missing from the index (1): new-article" in said
    assert f"In the index alone (1): a deleted article ({article.pk})" in said
    assert "Other than in the database (1): M61" in said
    assert "1 changes behind" in said
    assert command("--check") == (status, said)


def test_a_check_without_an_index_says_how_to_make_one(db):
    with pytest.raises(CommandError, match=r"manage\.py index --rebuild"):
        call_command("index", "--check")


def test_following_brings_each_change(article, index):
    looks = keeping.follow(seconds=0, times=2)
    assert next(looks) is None
    retitle(article, "Marble hand")
    next(looks)
    assert finds("marble")


# --- Processes of their own, on a database of their own -----------------------------------------------------------------------


@pytest.fixture
def manage(tmp_path):
    """Return a function that starts `manage.py` on a small site in a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "portal.settings"}

    def start(*arguments):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, **pipes)

    def run(*arguments):
        process = start(*arguments)
        said = process.communicate(timeout=60)[0]
        return process.returncode, said

    run("migrate", "--verbosity", "0")
    rows = "from tests import factories as f; f.published_article(f.branch_of_the_hand()['M61.24'])"
    assert run("shell", "--no-imports", "-c", rows) == (0, "")
    return start, run


def test_a_killed_build_is_taken_up_by_the_next(manage):
    start, run = manage
    for wait in (0.35, 0.45, 0.55):
        process = start("index", "--rebuild")
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run("index", "--verbosity", "0") == (0, "")
    assert "agree" in run("index", "--check")[1]


def test_two_processes_at_once_leave_one_whole_index(manage):
    start, run = manage
    processes = [start("index", "--rebuild", "--verbosity", "0") for _ in range(2)]
    statuses = sorted(process.wait(60) for process in processes)
    assert statuses in ([0, 0], [0, 1])  # one after the other, or one refused
    assert "agree" in run("index", "--check")[1]
