"""Addresses in references are asked whether they answer, and nothing inside a private network is."""

import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from ipaddress import ip_address

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conditions import link_check
from conditions.link_check import Answer, Asker, State
from conditions.models import LinkCheck, Reference
from conditions.workflow import start_draft


class Handler(BaseHTTPRequestHandler):
    """`/200` answers 200 to everything, `/200/501` answers 200 to GET and 501 to HEAD; the other paths say what they do."""

    def do_HEAD(self):
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        self.answer(*self.path.strip("/").split("/"))

    do_GET = do_HEAD

    def answer(self, what, *more):
        if what == "hop":  # /hop/3 leads to /hop/2 …
            self.lead(f"/hop/{int(more[0]) - 1}" if int(more[0]) > 1 else "/200")
        elif what == "to":
            self.lead(self.server.leads_to)
        elif what == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(50):
                self.wfile.write(b"X: y\r\n")
                time.sleep(0.05)
        elif what == "nothing":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif what == "endless":
            self.send_response(200)
            self.end_headers()
            for _ in range(200):
                self.wfile.write(b"x" * 100_000)
        else:
            if "slow" in more:
                with self.server.counted():  # until it answers: whoever has the answer may ask the next at once
                    time.sleep(0.02)
            self.send_response(int(more[0] if more and more[0].isdigit() and self.command == "HEAD" else what))
            self.end_headers()

    def lead(self, address):
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    leads_to = ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.now, self.most = [], 0, 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def counted(self):
        """Count how many are answered at once."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        yield
        with self.lock:
            self.now -= 1

    def handle_error(self, request, client_address):
        """Say nothing of those who hang up."""


def anywhere(address):
    return True


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(server):
    """Return a function that asks a path of the server, which stands on this machine: here alone that may be asked."""
    asker = Asker(may_ask=anywhere)
    return lambda path: asker(path if "://" in path else server.url + path)


def reference(revision, url):
    return Reference.objects.create(revision=revision, title="A source", publisher="A body", url=url)


@pytest.fixture
def checked(article):
    """Return a function that lets `article` refer to addresses alone, checks them as `answers` says, and returns the rows."""

    def check(answers):
        Reference.objects.all().delete()
        for url in answers:
            reference(article.revisions.get(), url)
        list(link_check.check(link_check.due(), answers.get))
        return {row.url: row for row in LinkCheck.objects.all()}

    return check


# --- What an answer says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "state", "detail"),
    [
        ("/200", State.OK, ""),
        ("/304", State.OK, ""),
        ("/404", State.BROKEN, "404"),
        ("/410", State.BROKEN, "410"),
        ("/403", State.OK, "403: it keeps robots out"),
        ("/401", State.OK, "401: it keeps robots out"),
        ("/405", State.OK, "405: it keeps robots out"),
        ("/429", State.OK, "429: it keeps robots out"),
        ("/500", State.UNREACHABLE, "500"),
        ("/503", State.UNREACHABLE, "503"),
    ],
)
def test_a_status_is_told(ask, path, state, detail):
    assert ask(path) == Answer(state, detail, from_host=True)


@pytest.mark.parametrize("path", ["/200/405", "/200/501", "/200/404", "/200/403"])
def test_where_the_headers_alone_are_refused_the_page_is_asked_for(ask, server, path):
    assert ask(path).state == State.OK
    assert [method for method, *_ in server.asked] == ["HEAD", "GET"]


def test_one_request_is_enough_where_the_headers_come(ask, server):
    ask("/200")
    assert [method for method, *_ in server.asked] == ["HEAD"]


def test_no_body_is_read(ask):
    began = time.monotonic()
    assert ask("/endless/404").state == State.OK
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("hops", "state"), [(5, State.OK), (6, State.UNREACHABLE)])
def test_five_redirects_are_followed(ask, hops, state):
    assert ask(f"/hop/{hops}").state == state


def test_a_page_that_hangs_up_or_never_ends_could_not_be_reached(ask, monkeypatch):
    monkeypatch.setattr(link_check, "TIMEOUT", 0.3)
    began = time.monotonic()
    assert ask("/nothing").state == State.UNREACHABLE
    assert ask("/drip") == Answer(State.UNREACHABLE, "no answer within 0.3 seconds")
    assert time.monotonic() - began < 2


def test_a_name_that_does_not_exist_is_broken(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert Asker()("https://example.invalid/") == Answer(State.BROKEN, "its name does not exist")


def test_a_resolver_that_does_not_answer_breaks_nothing(monkeypatch):
    def silent(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert Asker()("https://example.org/").state == State.UNREACHABLE


def test_a_page_without_a_secure_connection_could_not_be_reached(ask, server):
    assert ask(server.url.replace("http:", "https:") + "/200") == Answer(State.UNREACHABLE, "no secure connection")


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://127.0.0.1:99999/", "http://x.example:port/", "http:///nowhere", "http://a\x00b/"]
)
def test_an_address_that_cannot_be_is_no_crash(url):
    assert Asker(may_ask=anywhere)(url).state in (State.UNREACHABLE, State.BROKEN)


def test_who_asks_says_so_and_gives_away_nothing(ask, server, settings):
    settings.SITE_URL = "https://health.example"
    ask(server.url.replace("://", "://name:secret@") + "/200")
    ((_, _, headers),) = server.asked
    assert headers["User-Agent"] == "Plainwell link check (+https://health.example)"
    assert not headers.keys() & {"Authorization", "Cookie", "Referer"}
    assert "secret" not in str(headers)


def test_words_of_any_script_are_sent_as_browsers_do(ask, server):
    ask("/200/Grüße und mehr?q=ä%20b#part")
    assert server.asked[0][1] == "/200/Gr%C3%BC%C3%9Fe%20und%20mehr?q=%C3%A4%20b"


# --- What is never asked ----------------------------------------------------------------------------------------------------

PRIVATE = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"]  # noqa: S104
PRIVATE += ["::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "::"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_told_from_public_ones(address):
    assert not link_check.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_asked(address):
    assert link_check.is_public(address)


def test_what_stands_on_this_machine_is_not_asked(server):
    answer = Asker()(f"{server.url}/200")
    assert (answer.state, answer.detail) == (State.UNREACHABLE, "stands in a private network, which is not asked")
    assert not server.asked


def always(found):
    return lambda *asked, **how: found  # noqa: ARG005


def test_nor_is_a_name_that_leads_there_beside_a_public_one(server, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, server.server_port)) for ip in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", always(both))
    assert "private network" in Asker()("http://both.example/200").detail
    assert not server.asked


def test_nor_what_a_public_page_redirects_to(server):
    server.leads_to = "http://127.0.0.2:1/inside"
    asker = Asker(may_ask=lambda address: address == "127.0.0.1")
    assert "private network" in asker(f"{server.url}/to").detail


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "gopher://127.0.0.1:70/_"])
def test_a_redirect_to_what_is_no_web_page_is_not_followed(ask, server, address):
    server.leads_to = address
    assert ask("/to").detail == "leads to what is no web page"


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(server, monkeypatch):
    """A name that is another one at the second look leads nowhere: there is no second look."""
    looks = []

    def once(host, port, *args, **kwargs):
        looks.append(host)
        assert len(looks) == 1 or ip_address(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert Asker(may_ask=anywhere)(f"http://name.example:{server.server_port}/200").state == State.OK
    assert looks.count("name.example") == 1


# --- Many at once -----------------------------------------------------------------------------------------------------------


def test_a_host_is_asked_by_one_at_a_time_though_many_others_lead_there(server, monkeypatch):
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))]
    monkeypatch.setattr(socket, "getaddrinfo", always(here))
    server.leads_to = f"http://one.example:{server.server_port}/200/slow"
    urls = [f"http://host{number}.example:{server.server_port}/to" for number in range(6)]
    urls += [f"{server.leads_to}/{number}" for number in range(4)]
    found = dict(link_check.answers(urls, Asker(may_ask=anywhere)))
    assert {answer.state for answer in found.values()} == {State.OK}
    assert len([path for _, path, _ in server.asked if "slow" in path]) == 10
    assert server.most == 1


def test_several_hosts_are_asked_at_once():
    together = threading.Barrier(link_check.THREADS, timeout=5)

    def ask(url):
        together.wait()
        return Answer(State.OK)

    urls = [f"https://host{number}.example/" for number in range(link_check.THREADS)]
    assert len(dict(link_check.answers(urls, ask))) == link_check.THREADS


# --- What is asked, and what is kept ----------------------------------------------------------------------------------------


def test_published_articles_and_drafts_are_looked_at_once_an_address(article):
    draft = start_draft(article)
    reference(draft, "https://draft.example/")
    assert sorted(link_check.due()) == ["https://draft.example/", "https://medlineplus.gov/muscledisorders.html"]
    article.revisions.filter(state="published").update(state="superseded")
    draft.delete()
    assert link_check.due() == []


def test_what_was_asked_lately_is_left_out_and_the_longest_ago_comes_first(article):
    now = timezone.now()
    for name, days in [("new", None), ("old", 9), ("older", 20), ("fresh", 1)]:
        url = f"https://{name}.example/"
        reference(article.revisions.get(), url)
        if days:
            LinkCheck.objects.create(url=url, state=State.OK, checked_at=now - timedelta(days=days))
    Reference.objects.filter(publisher="MedlinePlus").delete()
    named = [url.split("/")[2].removesuffix(".example") for url in link_check.due(timedelta(days=7))]
    assert named == ["new", "older", "old"]
    assert len(link_check.due(limit=2)) == 2
    assert len(link_check.due()) == 4


def test_what_an_address_says_is_kept(checked):
    rows = checked({"https://a.example/": Answer(State.OK), "https://b.example/": Answer(State.BROKEN, "404", True)})
    assert [(row.state, row.detail, bool(row.failing_since)) for row in rows.values()] == [
        ("ok", "", False),
        ("broken", "404", True),
    ]


@pytest.mark.parametrize(("days", "state"), [(6, State.UNREACHABLE), (7, State.BROKEN)])
def test_what_could_not_be_reached_for_a_week_is_broken(db, days, state):
    now, url = timezone.now(), "https://a.example/"
    link_check.keep(url, Answer(State.UNREACHABLE, "503"), now - timedelta(days=days))
    link_check.keep(url, Answer(State.UNREACHABLE, "503"), now)
    row = LinkCheck.objects.get()
    assert (row.state, row.detail, row.failing_since) == (state, "503", now - timedelta(days=days))


def test_an_address_that_answers_again_is_well(db):
    link_check.keep("https://a.example/", Answer(State.BROKEN, "404"))
    link_check.keep("https://a.example/", Answer(State.OK))
    row = LinkCheck.objects.get()
    assert (row.state, row.detail, row.failing_since) == ("ok", "", None)


def test_where_no_host_at_all_answers_nothing_is_kept(checked):
    with pytest.raises(link_check.NotOnTheNet):
        checked({f"https://host{number}.example/": Answer(State.BROKEN, "its name does not exist") for number in range(5)})
    assert not LinkCheck.objects.exists()


def test_where_a_few_do_not_answer_a_name_that_is_not_found_is_given_time(checked):
    rows = checked({f"https://host{number}.example/": Answer(State.BROKEN, "its name does not exist") for number in range(2)})
    assert {row.state for row in rows.values()} == {State.UNREACHABLE}


def test_one_host_that_answers_makes_the_others_failures_true(checked):
    answers = {f"https://host{number}.example/": Answer(State.BROKEN, "its name does not exist") for number in range(5)}
    assert len(checked(answers | {"https://there.example/": Answer(State.OK, from_host=True)})) == 6


def test_what_no_reference_names_any_more_is_forgotten(checked, article):
    checked({"https://a.example/": Answer(State.OK), "https://b.example/": Answer(State.OK)})
    Reference.objects.filter(url="https://a.example/").delete()
    assert link_check.forget_unused() == 1
    assert LinkCheck.objects.get().url == "https://b.example/"


def test_a_broken_reference_is_told_once_though_the_draft_has_it_too(article):
    link_check.keep("https://medlineplus.gov/muscledisorders.html", Answer(State.BROKEN, "404"))
    draft = start_draft(article)
    found = link_check.broken_references(article.revisions.all())
    assert [(each.revision.state, each.detail) for each in found] == [("published", "404")]
    assert list(link_check.broken_references(draft.article.revisions.open())) == []
    article.revisions.filter(state="published").update(state="superseded")
    assert link_check.broken_references(article.revisions.all()).get().revision == draft


# --- The command ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(monkeypatch):
    """Return a function that runs the command, each address answering what `answers` says, and returns what it said."""

    def run(answers, *arguments):
        monkeypatch.setattr(link_check, "Asker", lambda: answers)
        out = StringIO()
        call_command("check_links", *arguments, stdout=out)
        return out.getvalue()

    return run


def test_the_command_names_what_is_broken_and_counts(article, command):
    LinkCheck.objects.create(url="https://gone.example/", state=State.OK, checked_at=timezone.now())
    reference(article.revisions.get(), "https://a.example/")
    said = command(lambda url: Answer(State.BROKEN, "404", True) if "medline" in url else Answer(State.OK, from_host=True))
    assert "Broken (404): https://medlineplus.gov/muscledisorders.html" in said
    assert "Asked 2 of 2 addresses: 1 answer, 1 broken, 0 could not be reached." in said
    assert "Forgot 1 that no reference names any more." in said
    assert "Asked 0 of 0" in command(None, "--older-than", "7")


def test_ctrl_c_keeps_what_was_done(article, command, monkeypatch):
    for number in range(3):
        reference(article.revisions.get(), f"https://host.example/{number}")

    def stopped(urls, ask):
        yield urls[0], Answer(State.OK, from_host=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(link_check, "answers", stopped)
    said = command(None)
    assert "Asked 1 of 4" in said
    assert "What was done is kept" in said
    assert LinkCheck.objects.count() == 1


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--older-than", "-1"], ["--limit", "many"]])
def test_numbers_that_make_no_sense_are_refused(db, arguments):
    with pytest.raises(CommandError):
        call_command("check_links", *arguments)


def unreachable(url):
    return Answer(State.UNREACHABLE)


def test_the_command_says_when_there_is_no_net(article, command):
    for number in range(5):
        reference(article.revisions.get(), f"https://host{number}.example/")
    with pytest.raises(CommandError, match="no way to the net"):
        command(unreachable)
