"""Search over 100,000 articles, beside PostgreSQL's full text on the same rows, in one run: `.venv/bin/python bench/search.py`.

It makes a database of its own on the server at TEST_POSTGRES_URL and drops it at the end, fills it with the classification and
with articles of about 600 words made of the classification's own (the commoner a word there, the commoner here), and builds the
index. Then it asks both for words that are rare, middling and common, and for pairs; and the index alone for phrases of names,
slips, codes and beginnings, in the process and over HTTP. Times are milliseconds, interleaved. Some ten minutes, 3 GB of disk.

Exit status 1 where the index is less than 50 times as fast as PostgreSQL on common words, or where a phrase that stands in gated
text alone takes a visitor's search another time than nonsense (medians more than 10 % apart).
"""

import argparse
import contextlib
import http.client
import itertools
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).parent.parent
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/plainwell")
NAME = "plainwell_bench"
PORT = 8199
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
sys.path.insert(0, str(ROOT))

import psycopg

LEAST_RATIO, MOST_APART = 50, 0.10
SECTIONS, WORDS_A_SECTION, GATED_WORDS = 3, 200, 60
BATCH = 2000
GATED_PHRASE, NONSENSE = "xylocanarium vortanplex", "xyzicanarqum vortimplax"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200, help="questions of each kind")
    asked = parser.parse_args()
    with database():
        import django

        django.setup()
        status = run(asked.articles, asked.rounds)
    sys.exit(status)


@contextlib.contextmanager
def database():
    """Make a database and a folder, which the settings will name, and remove both at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="plainwell-bench-") as folder,
        psycopg.connect(SERVER.rsplit("/", 1)[0] + "/postgres", autocommit=True) as server,
    ):
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
        os.environ |= {"DATABASE_URL": urlsplit(SERVER)._replace(path=f"/{NAME}").geturl(), "VAR_DIR": folder, "PORT": str(PORT)}
        try:
            yield
        finally:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def run(articles: int, rounds: int) -> int:
    from django.core.management import call_command
    from django.db import connection

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {sys.version.split()[0]}, PostgreSQL {connection.pg_version}")
    call_command("migrate", verbosity=0)
    call_command("load_classification", verbosity=0)
    call_command("load_names", verbosity=0)
    words = make_articles(articles)
    build(articles)
    make_full_text()
    questions = make_questions(words, rounds)
    ratio = compare(questions)
    over_http(questions)
    apart = compare_gated()
    failures = []
    if ratio < LEAST_RATIO:
        failures.append(f"common words are only {ratio:.0f} times as fast as PostgreSQL, expected {LEAST_RATIO}")
    if apart > MOST_APART:
        failures.append(f"gated words and nonsense are {apart:.0%} apart, expected {MOST_APART:.0%} at most")
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


# --- The rows ---------------------------------------------------------------------------------------------------------------


def make_articles(count: int) -> list[str]:
    """Write `count` published articles, one an item as far as there are items; return the words, the commonest first."""
    from django.db import connection
    from django.utils import timezone

    from conditions.finding.schema import words_in
    from conditions.models import Article, ArticleItem, GatedText, Item, Revision, Section

    start = time.perf_counter()
    chance = random.Random(1)
    titles = list(Item.objects.order_by("path").values_list("pk", "title"))
    counts = Counter(word for _, title in titles for word in words_in(title) if len(word) > 2 and word.isalpha())
    words = [word for word, _ in counts.most_common()]
    # A little flatter than in the titles, so that the commonest word stands in about 60 % of the texts, as in real articles.
    weights = list(itertools.accumulate(1 / (place + 120) for place in range(len(words))))

    def text(length):
        return " ".join(chance.choices(words, cum_weights=weights, k=length))

    now = timezone.now()
    for begin in range(0, count, BATCH):
        numbers = range(begin, min(begin + BATCH, count))
        made = Article.objects.bulk_create(Article(slug=f"condition-{number}", language="en") for number in numbers)
        revisions = Revision.objects.bulk_create(
            Revision(
                article=article,
                number=1,
                state="published",
                published_at=now,
                title=titles[number % len(titles)][1][:200],
                summary=text(15),
                change_sentence="First version.",
            )
            for number, article in zip(numbers, made, strict=True)
        )
        ArticleItem.objects.bulk_create(
            ArticleItem(article=article, item_id=titles[number][0], language="en", is_primary=True)
            for number, article in zip(numbers, made, strict=True)
            if number < len(titles)
        )
        kinds = ["overview", "symptoms", "causes"][:SECTIONS]
        sections = [
            Section(revision=revision, kind=kind, heading=kind, position=place, body=f"<p>{text(WORDS_A_SECTION)}</p>")
            for revision in revisions
            for place, kind in enumerate(kinds)
        ]
        treatments = [
            Section(revision=revision, kind="treatment", heading="Treatment", position=9, audience="members", body="<p>Rest.</p>")
            for revision in revisions
        ]
        Section.objects.bulk_create(sections + treatments)
        GatedText.objects.bulk_create(
            GatedText(section=section, body=f"<p>{text(GATED_WORDS)} {GATED_PHRASE}</p>") for section in treatments
        )
        if sys.stderr.isatty():
            print(f"\r{begin + len(made):,} articles", end="", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # which PostgreSQL does by itself some minutes after so many rows
    print(f"{count:,} articles of about {SECTIONS * WORDS_A_SECTION} words written in {time.perf_counter() - start:.0f} s")
    return words


def build(articles: int) -> None:
    from conditions.finding import keeping, opening

    start = time.perf_counter()
    count = keeping.rebuild()
    seconds = time.perf_counter() - start
    size = sum(file.stat().st_size for file in opening.folder().rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"index: {count:,} conditions ({articles:,} articles) in {seconds:.0f} s, {size / 2**20:.0f} MiB, peak {peak:.0f} MiB")


def make_full_text() -> None:
    """Give PostgreSQL what it is good at: one row an article with a stored tsvector and a GIN index, analysed."""
    from django.db import connection

    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE TABLE bench_text AS
            SELECT revision.id, revision.title,
                   to_tsvector('english', revision.title || ' ' || revision.summary || string_agg(section.body, ' ')) AS words
            FROM conditions_revision revision JOIN conditions_section section ON section.revision_id = revision.id
            GROUP BY revision.id
        """)
        cursor.execute("CREATE INDEX ON bench_text USING gin (words)")
        cursor.execute("ANALYZE bench_text")
        cursor.execute("SELECT pg_total_relation_size('bench_text')")
        size = cursor.fetchone()[0]
    print(f"PostgreSQL full text: {time.perf_counter() - start:.0f} s, {size / 2**20:.0f} MiB")


# --- The questions ----------------------------------------------------------------------------------------------------------


def make_questions(words: list[str], rounds: int) -> dict[str, list[str]]:
    from conditions.models import Item, Name

    chance = random.Random(2)
    names = list(Name.objects.filter(text__contains=" ").order_by("pk").values_list("text", flat=True))
    codes = list(Item.objects.filter(level__gte=3).order_by("path").values_list("code", flat=True))
    long = [word for word in words if len(word) > 6]

    def slip(word):
        place = chance.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1 :]

    makers = {
        "rare": lambda: chance.choice(words[-1000:]),
        "middling": lambda: chance.choice(words[200:600]),
        "common": lambda: chance.choice(words[:20]),
        "two common": lambda: " ".join(chance.sample(words[:20], 2)),
        "phrase": lambda: chance.choice(names),
        "misspelt": lambda: slip(chance.choice(long)),
        "code": lambda: chance.choice(codes).replace(".", "").lower(),
        "prefix": lambda: chance.choice(words)[: chance.randint(1, 5)],
    }
    return {kind: [make() for _ in range(rounds)] for kind, make in makers.items()}


def ask_index(kind: str, text: str) -> None:
    from conditions.finding import codes, suggesting
    from conditions.finding.query import ask, find

    if kind == "code":
        codes.item_of(codes.read_code(text))
    elif kind == "prefix":
        ask(lambda index: suggesting.suggest(index, text, 8))
    else:
        ask(lambda index: find(index, text))


def ask_postgres(text: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, ts_rank(words, query) AS rank FROM bench_text, plainto_tsquery('english', %s) query "
            "WHERE words @@ query ORDER BY rank DESC LIMIT 10",
            [text],
        )
        cursor.fetchall()


def compare(questions: dict[str, list[str]]) -> float:
    """Ask both, one after the other; return how many times faster the index is on common words."""
    ask_index("common", "warm")
    ratio = 0.0
    for kind, texts in questions.items():
        ours, theirs = [], []
        by_both = kind in ("rare", "middling", "common", "two common")
        slow = texts[:20] if kind in ("common", "two common") else texts[:100]
        for place, text in enumerate(texts):
            ours.append(timed(ask_index, kind, text))
            if by_both and place < len(slow):
                theirs.append(timed(ask_postgres, text))
        line = f"{kind:11} in process {spread(ours)}"
        if theirs:
            times = statistics.median(theirs) / statistics.median(ours)
            line += f"   PostgreSQL {spread(theirs)}   {times:6.0f} times"
            ratio = times if kind == "common" else ratio
        print(line)
    return ratio


def timed(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - start) * 1000


def spread(times: list[float]) -> str:
    ordered = sorted(times)
    return f"median {statistics.median(ordered):8.2f}  p99 {ordered[int(len(ordered) * 0.99)]:8.2f}"


def over_http(questions: dict[str, list[str]]) -> None:
    """Ask a served site for its pages, one after the other over one connection."""
    command = [sys.executable, str(ROOT / "manage.py"), "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            connection = wait_for_server()
            for kind, texts in questions.items():
                address = "/search/suggest/?q=" if kind == "prefix" else "/search/?q="
                for text in texts[:20]:  # each worker opens the index at its first question
                    get(connection, address + quote(text))
                print(f"{kind:11} over HTTP  {spread([timed(get, connection, address + quote(text)) for text in texts])}")
        finally:
            server.terminate()


def wait_for_server() -> http.client.HTTPConnection:
    for _ in range(600):
        connection = http.client.HTTPConnection("localhost", PORT, timeout=60)
        with contextlib.suppress(OSError):
            get(connection, "/health/live")
            return connection
        time.sleep(0.5)
    sys.exit("The site did not start.")


def get(connection: http.client.HTTPConnection, address: str) -> None:
    connection.request("GET", address, headers={"Host": "localhost"})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        sys.exit(f"{address} answers {response.status}")


def compare_gated(runs: int = 500) -> float:
    """Return how far apart the medians are for words that stand in gated text alone and for words that stand nowhere."""
    gated, nonsense = [], []
    for _ in range(runs):
        gated.append(timed(ask_index, "phrase", GATED_PHRASE))
        nonsense.append(timed(ask_index, "phrase", NONSENSE))
    apart = abs(statistics.median(gated) / statistics.median(nonsense) - 1)
    print(f"gated words {spread(gated)}   nonsense {spread(nonsense)}   {apart:.1%} apart")
    return apart


if __name__ == "__main__":
    main()
