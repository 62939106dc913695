"""What pages cost, beside a view that does nothing, in one run: `.venv/bin/python bench/pages.py [ROUNDS]`.

It needs a loaded database (`make run` once) and writes nothing that lasts: the member it logs in is rolled back. Times are
medians in milliseconds of whole requests inside the process, interleaved so that a noisy machine is noisy for all.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup()

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from portal.urls import urlpatterns

urlpatterns.append(path("bench/bare", lambda request: HttpResponse("ok")))

ARTICLE = "/conditions/paralytic-calcification-of-hand-muscle/"
PAGES = {
    "bare view": ("visitor", "/bench/bare"),
    "home": ("visitor", "/"),
    "article, visitor": ("visitor", ARTICLE),
    "article, member": ("member", ARTICLE),
    "code M61.249": ("visitor", "/icd-10-cm/M61.249/"),
    "chapter 19": ("visitor", "/icd-10-cm/19/"),
    "A–Z, letter b": ("visitor", "/conditions/b/"),
    "search, code": ("visitor", "/search/?q=m61249"),
    "search, words": ("visitor", "/search/?q=broken+wrist"),
}


def measure(rounds: int) -> dict[str, tuple[float, int, int]]:
    """Return {page: (median milliseconds, queries, bytes)}."""
    clients = {"visitor": Client(headers={"host": "localhost"}), "member": Client(headers={"host": "localhost"})}
    clients["member"].force_login(get_user_model().objects.create_user("bench@example.org"))
    counts = {}
    for page, (who, address) in PAGES.items():
        with CaptureQueriesContext(connection) as queries:
            response = clients[who].get(address)
        if response.status_code != 200:
            sys.exit(f"{address} answers {response.status_code}: load the classification and the articles first.")
        counts[page] = (len(queries), len(response.content))
    times = {page: [] for page in PAGES}
    for _ in range(rounds):
        for page, (who, address) in PAGES.items():
            start = time.perf_counter()
            clients[who].get(address)
            times[page].append((time.perf_counter() - start) * 1000)
    return {page: (statistics.median(times[page]), *counts[page]) for page in PAGES}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with transaction.atomic():
        results = measure(rounds)
        transaction.set_rollback(True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{connection.vendor}, {os.cpu_count()} cores, {memory:.0f} GiB, {rounds} rounds")
    bare = results["bare view"][0]
    for page, (median, queries, size) in results.items():
        print(f"{page:18} {median:8.2f} ms {median / bare:7.1f} x bare {queries:4} queries {size:8,} bytes")


if __name__ == "__main__":
    main()
