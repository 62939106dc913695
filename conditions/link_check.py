"""Asks the addresses that references name whether they still answer, and keeps what each said.

Staff write these addresses, so nothing inside a private network is asked: every name is looked up here, every address that it
stands for is looked at, and the connection goes to that very address. At each redirect that begins anew.
"""

import http.client
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from conditions.models import LinkCheck, Reference, Revision

TIMEOUT = 10  # seconds, for each request in all
MOST_REDIRECTS = 5
THREADS = 8
PATIENCE = timedelta(days=7)  # what could not be reached for so long is broken
# None of so many hosts answering says more about this machine than about them.
HOSTS_FOR_A_DOUBT = 3

State = LinkCheck.State
GONE = {404, 410}
DISLIKES_ROBOTS = {401, 403, 405, 429}  # a person with a browser may well get in
REDIRECTS = {301, 302, 303, 307, 308}
NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
NAT64 = IPv6Network("64:ff9b::/96")  # stands for an address of IPv4
KEPT = "/%:;=@&+$,!~*'()?[]"
TLS = ssl.create_default_context()


class NotOnTheNet(Exception):
    """Not one of the hosts answered: it is this machine that has no way to the net."""


@dataclass(frozen=True)
class Answer:
    """What an address said. `from_host` is whether its host answered at all, whatever it said."""

    state: str
    detail: str = ""
    from_host: bool = False


# --- Which are asked, and what is kept --------------------------------------------------------------------------------------


def references_in_use():
    """The references of what readers have, and of what is being written."""
    return Reference.objects.filter(revision__state__in=[Revision.State.PUBLISHED, *Revision.OPEN_STATES])


def forget_unused() -> int:
    """Delete what is kept about addresses that no reference in use names any more; return how many."""
    return LinkCheck.objects.exclude(url__in=Subquery(references_in_use().values("url"))).delete()[0]


def due(older_than: timedelta | None = None, limit: int | None = None) -> list[str]:
    """Return the addresses to ask, those never asked first and then the longest ago; not those asked within `older_than`."""
    asked = dict(LinkCheck.objects.values_list("url", "checked_at"))
    latest = timezone.now() - older_than if older_than else None
    urls = set(references_in_use().values_list("url", flat=True))
    wanted = [url for url in urls if url not in asked or latest is None or asked[url] <= latest]
    never = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    return sorted(wanted, key=lambda url: (asked.get(url, never), url))[:limit]


def check(urls: Iterable[str], ask: Callable[[str], Answer] | None = None) -> Iterator[LinkCheck]:
    """Ask `urls`, and yield each as it is kept: whatever is interrupted keeps what was done.

    Where not one host answers, a name that does not exist may be for want of a net: it counts as not reached. Raises NotOnTheNet,
    and keeps nothing, where these are HOSTS_FOR_A_DOUBT or more.
    """
    urls = list(urls)
    held: list[tuple[str, Answer]] | None = []  # until one host has answered
    for url, answer in answers(urls, ask or Asker()):
        if held is None:
            yield keep(url, answer)
            continue
        held.append((url, answer))
        if answer.from_host:
            yield from (keep(*each) for each in held)
            held = None
    if held:
        if len({host_of(url) for url in urls}) >= HOSTS_FOR_A_DOUBT:
            raise NotOnTheNet
        yield from (keep(url, Answer(State.UNREACHABLE, answer.detail)) for url, answer in held)


def keep(url: str, answer: Answer, now: datetime | None = None) -> LinkCheck:
    """Write down what `url` answered; what could not be reached for PATIENCE is broken."""
    now = now or timezone.now()
    row = LinkCheck.objects.filter(url=url).first() or LinkCheck(url=url)
    row.state, row.detail, row.checked_at = answer.state, answer.detail[:200], now
    row.failing_since = None if answer.state == State.OK else row.failing_since or now
    if row.state == State.UNREACHABLE and now - row.failing_since >= PATIENCE:
        row.state = State.BROKEN
    row.save()
    return row


def broken_references(revisions):
    """Return the broken references of those of `revisions` that are in use, each with its `failing_since` and `detail`.

    One that a draft has from what readers have is not told twice.
    """
    checked = LinkCheck.objects.filter(url=OuterRef("url"), state=State.BROKEN)
    of_readers = Reference.objects.filter(
        url=OuterRef("url"), revision__article=OuterRef("revision__article"), revision__state=Revision.State.PUBLISHED
    )
    return (
        references_in_use()
        .filter(Exists(checked), revision__in=revisions)
        .exclude(Exists(of_readers), revision__state__in=Revision.OPEN_STATES)
        .annotate(failing_since=Subquery(checked.values("failing_since")), detail=Subquery(checked.values("detail")))
    )


# --- Many at once -----------------------------------------------------------------------------------------------------------


def answers(urls: list[str], ask: Callable[[str], Answer]) -> Iterator[tuple[str, Answer]]:
    """Yield (url, answer) for `urls` as they come in. The addresses of one host are asked one after the other."""
    by_host = defaultdict(list)
    for url in urls:
        by_host[host_of(url)].append(url)
    todo: SimpleQueue[list[str]] = SimpleQueue()
    done: SimpleQueue[tuple[str, Answer]] = SimpleQueue()
    for group in sorted(by_host.values(), key=len, reverse=True):
        todo.put(group)
    is_over = threading.Event()

    def work():
        while not is_over.is_set():
            try:
                group = todo.get_nowait()
            except Empty:
                return
            for url in group:
                if is_over.is_set():
                    return
                done.put((url, ask(url)))

    # Daemons: nobody who stops the command waits for them.
    for _ in range(min(THREADS, len(by_host))):
        threading.Thread(target=work, name="link check", daemon=True).start()
    try:
        for _ in urls:
            yield done.get()
    finally:
        is_over.set()


def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


# --- One address ------------------------------------------------------------------------------------------------------------


def is_public(address: str) -> bool:
    """Say whether `address`, an IP address, is on the open net: not private, loopback, link-local, nor another name for such."""
    ip = ip_address(address.partition("%")[0])
    inner = [getattr(ip, "ipv4_mapped", None), getattr(ip, "sixtofour", None), *(getattr(ip, "teredo", None) or ())]
    if ip in NAT64:
        inner.append(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return all(each.is_global and not each.is_multicast for each in [ip, *inner] if each)


class Refusal(Exception):
    """An address that is not asked, and why."""


class Asker:
    """Asks one address after the other, from several threads, no host by two of them. `may_ask` is told an IP address."""

    def __init__(self, may_ask: Callable[[str], bool] = is_public):
        self.may_ask = may_ask
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._locks_lock = threading.Lock()

    def __call__(self, url: str) -> Answer:
        try:
            return self._follow(url)
        except Refusal as refusal:
            return Answer(State.UNREACHABLE, str(refusal))
        except socket.gaierror as error:
            if error.errno in NO_SUCH_NAME:
                return Answer(State.BROKEN, "its name does not exist")
            return Answer(State.UNREACHABLE, "its name could not be looked up")
        except ssl.SSLCertVerificationError as error:
            return Answer(State.UNREACHABLE, f"certificate: {error.verify_message}")
        except ssl.SSLError:
            return Answer(State.UNREACHABLE, "no secure connection")
        except TimeoutError:
            return Answer(State.UNREACHABLE, f"no answer within {TIMEOUT} seconds")
        except OSError as error:
            return Answer(State.UNREACHABLE, (error.strerror or "no connection").lower())
        except Exception as error:  # a thread that dies would leave the others waiting for its answer
            return Answer(State.UNREACHABLE, f"no answer that can be read ({type(error).__name__})")

    def _follow(self, url: str) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            status, location = self._status(url)
            if status not in REDIRECTS or not location:
                return answer_of(status)
            url = urljoin(url, location)
        return Answer(State.UNREACHABLE, f"more than {MOST_REDIRECTS} redirects", from_host=True)

    def _status(self, url: str) -> tuple[int, str]:
        """Return (status, where it leads) of `url`. The body is asked for only where the headers alone are refused."""
        try:
            status, location = self._request("HEAD", url)
        except (http.client.HTTPException, ConnectionError):
            status, location = 501, ""
        if status >= 400 and status != 429:
            return self._request("GET", url)
        return status, location

    def _request(self, method: str, url: str) -> tuple[int, str]:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal("leads to what is no web page")
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
        port = parts.port or (443 if parts.scheme == "https" else 80)
        target = quote(parts.path or "/", safe=KEPT) + (f"?{quote(parts.query, safe=KEPT)}" if parts.query else "")
        with self._alone_with(host):
            connection = self._connection(parts.scheme == "https", host, port)
            with within_time(connection):
                # Name and password of an address are left out, and nothing says which page leads here.
                connection.request(method, target, headers={"User-Agent": user_agent(), "Accept": "*/*", "Connection": "close"})
                with connection.getresponse() as response:
                    location = response.headers.get("Location", "").strip()
                    return response.status, location.encode("latin-1", "replace").decode("utf-8", "replace")

    def _alone_with(self, host: str) -> threading.Lock:
        with self._locks_lock:
            return self._locks[host]

    def _connection(self, is_secure: bool, host: str, port: int) -> http.client.HTTPConnection:
        """Return a connection to the first address of `host` that takes one. Raises Refusal where one of them may not be asked."""
        places = [place[4][0] for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not all(map(self.may_ask, places)):
            raise Refusal("stands in a private network, which is not asked")
        connected = first_that_connects(places, port)
        try:
            if is_secure:
                connected = TLS.wrap_socket(connected, server_hostname=host)
        except BaseException:
            connected.close()
            raise
        kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        connection = kind(host, port, timeout=TIMEOUT)
        connection.sock = connected
        return connection


def first_that_connects(places: list[str], port: int) -> socket.socket:
    for place in places[:-1]:
        try:
            return socket.create_connection((place, port), TIMEOUT)
        except OSError:
            continue
    return socket.create_connection((places[-1], port), TIMEOUT)


@contextmanager
def within_time(connection: http.client.HTTPConnection):
    """Close `connection` in the end. Raises TimeoutError after TIMEOUT in all: an answer may come a letter at a time."""
    connected, was_late = connection.sock, threading.Event()

    def end():
        was_late.set()
        with suppress(OSError):  # it was over a moment ago
            socket.socket.shutdown(connected, socket.SHUT_RDWR)  # also below TLS, which has its own way to end

    timer = threading.Timer(TIMEOUT, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if not was_late.is_set():
            raise
    finally:
        timer.cancel()
        connection.close()
    if was_late.is_set():  # whatever came of it: headers that were cut off look complete
        raise TimeoutError


def answer_of(status: int) -> Answer:
    """Return what a status says of an address."""
    if status in GONE:
        return Answer(State.BROKEN, str(status), from_host=True)
    if status < 400:
        return Answer(State.OK, from_host=True)
    if status in DISLIKES_ROBOTS:
        return Answer(State.OK, f"{status}: it keeps robots out", from_host=True)
    return Answer(State.UNREACHABLE, str(status), from_host=True)


def user_agent() -> str:
    return f"Plainwell link check (+{settings.SITE_URL})"
