"""Looks for gated text in everything that a visitor can open, on a live database and without writing to it.

It takes runs of six words of each gated text that stand in no public text, opens every visitor output as a visitor does, and
looks for them in bodies (text, attributes and scripts alike) and headers. It searches for words that stand in gated text alone,
which must lead nowhere. It also asks that no visitor's request reads the table of gated text, sets a cookie or fails.
"""

import html
import re
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from conditions.finding import opening
from conditions.finding.query import ask, find
from conditions.finding.schema import stem, words_in
from conditions.models import GatedText, Item, Name, Note, Revision
from conditions.overlap import RUN_LENGTH, runs, runs_of
from conditions.publishing import gate_faults, gated_bodies, public_texts
from conditions.text import plain, words, words_of
from portal.doors import DOORS, Audience, is_file, is_public, public_addresses

MOST_WORDS = 12  # of each gated text that are searched for

# The one place in which the words of a template are a setting's.
WHOM_TO_CALL = re.compile(r'\{\{ emergency_number\|default:"([^"]*)" \}\}')

EXPECTED = {200, 302, 404, 405, 410}  # a draft, or a letter without names, is a 404


@dataclass
class Findings:
    """What the walk saw. `leaks` and `faults` are sentences; the walk is clean where both are empty."""

    texts: int = 0
    too_short: int = 0
    runs: int = 0
    words: int = 0  # of gated texts alone, that were searched for
    addresses: int = 0
    opened: int = 0  # of them with status 200
    leaks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def leakcheck(progress=iter) -> Findings:
    """Walk every visitor output and return the findings. `progress` wraps the list of addresses."""
    findings = Findings()
    secret = secret_runs(findings)
    client = visitor()
    for address in progress([*public_addresses(), *entrances()]):
        open_as_visitor(client, address, secret, findings)
    if not findings.opened:
        findings.faults.append("no address opened: nothing was looked at")
    look_for_words(client, secret, findings)
    return findings


def secret_runs(findings: Findings) -> dict[str, str]:
    """Return {run of six words: where it stands} for the runs of gated texts that stand in no public text."""
    public: set[str] = set()
    for revision in Revision.objects.published().select_related("article").iterator():
        texts = public_texts(revision)
        findings.leaks += [f"{revision}: {fault}" for fault in gate_faults(texts, gated_bodies(revision))]
        for text in texts:
            public.update(runs(text))
    for template in settings.BASE_DIR.joinpath("templates").rglob("*.html"):
        public.update(runs(WHOM_TO_CALL.sub(settings.EMERGENCY_NUMBER or r"\1", template.read_text())))
    for text in [*Item.objects.values_list("title", flat=True).iterator(), *Note.objects.values_list("text", flat=True).iterator()]:
        public.update(runs(html.escape(text)))
    secret: dict[str, str] = {}
    for text in GatedText.objects.select_related("section__revision__article").iterator():
        findings.texts += 1
        findings.too_short += len(words(text.body)) < RUN_LENGTH
        revision = text.section.revision
        place = f"{revision.article.slug}, revision {revision.number}, #{text.section.kind}"
        secret.update({run: place for run in runs(text.body) if run not in public})
    findings.runs = len(secret)
    return secret


def visitor() -> Client:
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return Client(raise_request_exception=False, headers={"host": named[0] if named else "localhost"})


def entrances() -> Iterable[str]:
    """The pages in front of accounts, and an address where nothing is."""
    yield from (reverse(name) for name, door in DOORS.items() if door.audience is Audience.ENTRANCE and not door.addresses)
    yield "/nothing-is-here/"


def look_for_words(client: Client, secret: dict[str, str], findings: Findings) -> None:
    """Search for words that stand in gated text alone, and ask that none of them leads a visitor to the article that holds it.

    A word may lead there honestly, as a slip of a public one or another word for it: that is looked up in the public text.
    """
    elsewhere = words_of_names()
    for revision in Revision.objects.published().select_related("article").iterator():
        public = {stem(word) for text in public_texts(revision) for word in words_in(plain(text))}
        gated = dict.fromkeys(word for body in gated_bodies(revision) for word in words_in(plain(body)) if stem(word) not in public)
        for word in list(gated)[:MOST_WORDS]:
            findings.words += 1
            page, suggestions = search(client, word, secret, findings)
            if word not in elsewhere and word in words_in(suggestions):
                findings.leaks.append(f"the suggestions spell a word of the gated text of {revision}")
            try:
                found = ask(partial(find, text=word))
            except opening.IndexUnusable:
                findings.faults.append("the search index cannot be used: what it gives away was not looked at")
                return
            meant = {each for slot in found.question.slots for stems in slot.alternatives for each in stems}
            is_honest = meant & public or any(result.article == revision.article_id and result.item for result in found.results)
            if revision.article.get_absolute_url() in page and not is_honest:
                findings.leaks.append(f"the search leads from a word of its gated text alone to {revision}")


def words_of_names() -> set[str]:
    """Return the words of every title, inclusion term and name of the classification, which suggestions may spell."""
    texts = chain(
        Item.objects.values_list("title", flat=True).iterator(),
        Note.objects.filter(kind=Note.Kind.INCLUSION_TERM).values_list("text", flat=True).iterator(),
        Name.objects.values_list("text", flat=True).iterator(),
        Revision.objects.published().values_list("title", flat=True).iterator(),
    )
    return {word for text in texts for word in words_in(text)}


def search(client: Client, query: str, secret: dict[str, str], findings: Findings) -> list[str]:
    """Return the page of results and the suggestions for `query`; see that neither reads or tells gated text."""
    answers = []
    for name in ("conditions:search", "conditions:suggest"):
        address = reverse(name)
        findings.addresses += 1
        with watched(findings, address):
            response = client.get(address, {"q": query}, secure=settings.SECURE_SSL_REDIRECT)
        content = response.content.decode()
        answers.append(content)
        if response.status_code != 200:
            findings.faults.append(f"{address} answers {response.status_code} to a word of gated text")
        for place in sorted({secret[run] for run in (runs(content).keys() | raw_runs(content)) & secret.keys()}):
            findings.leaks.append(f"{address} gives away gated text of {place}")
    return answers


def open_as_visitor(client: Client, address: str, secret: dict[str, str], findings: Findings) -> None:
    findings.addresses += 1
    client.cookies.clear()
    with watched(findings, address):
        response = client.get(address, secure=settings.SECURE_SSL_REDIRECT)
        content = response.getvalue().decode(response.charset or "utf-8", "replace")
    match = response.wsgi_request.resolver_match
    view_name = match.view_name if match else ""
    if response.status_code not in ({200} if is_file(view_name) else EXPECTED):  # a picture that readers have is there
        findings.faults.append(f"{address} answers {response.status_code}")
    findings.opened += response.status_code == 200
    if response.cookies and (is_public(view_name) or is_file(view_name)):
        findings.faults.append(f"{address} sets the cookie {', '.join(response.cookies)}")
    given = runs(content).keys() | raw_runs(content) | raw_runs("\n".join(map(str, response.headers.values())))
    for place in sorted({secret[run] for run in given & secret.keys()}):
        findings.leaks.append(f"{address} gives away gated text of {place}")


def raw_runs(content: str) -> set[str]:
    """Return the runs of six words of `content` with its tags read as words: attributes, comments and scripts count."""
    return set(runs_of(words_of(html.unescape(content))))


@contextmanager
def watched(findings: Findings, address: str):
    """Report a read of the table of gated text; refuse to write."""

    def watch(execute, sql, params, many, context):
        if GatedText._meta.db_table in sql:
            findings.leaks.append(f"{address} reads the table of gated text")
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql, re.IGNORECASE):
            raise RuntimeError(f"A visitor's request for {address} wants to write.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
