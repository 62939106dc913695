"""When pages stand on a slow phone, in a cold browser: `.venv/bin/python bench/paint.py [ADDRESS]`.

It needs a running site (http://localhost:8000 unless another is given) and Chromium. The processor is slowed to a quarter; the
line carries 1.6 Mbit/s down and 750 kbit/s up with 150 ms of latency. Each figure is the median of five runs, interleaved so that
a noisy machine is noisy for all: milliseconds from the click to the first paint and to the largest one (LCP), how much moved
after it stood (CLS), and bytes on the wire.
"""

import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright

from tests.__main__ import find_chromium

RUNS = 5
PAGES = {
    "home": "/",
    "article": "/conditions/paralytic-calcification-of-hand-muscle/",
    "code M61.249": "/icd-10-cm/M61.249/",
}
PHONE = {"width": 390, "height": 844}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
WATCH = """
    window.seen = {first: 0, largest: 0, moved: 0}
    new PerformanceObserver(list => seen.first ||= list.getEntriesByName("first-contentful-paint")[0]?.startTime)
        .observe({type: "paint", buffered: true})
    new PerformanceObserver(list => list.getEntries().forEach(entry => seen.largest = entry.startTime))
        .observe({type: "largest-contentful-paint", buffered: true})
    new PerformanceObserver(list => list.getEntries().forEach(entry => seen.moved += entry.value))
        .observe({type: "layout-shift", buffered: true})
"""


def measure(browser, address):
    """Return (first paint in ms, largest paint in ms, layout shift, bytes) of one cold visit."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.add_init_script(WATCH)
    network = context.new_cdp_session(page)
    sizes = []
    network.on("Network.loadingFinished", lambda end: sizes.append(end["encodedDataLength"]))
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", LINE)
    network.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = page.goto(address, wait_until="networkidle")
    if answer.status != 200:
        sys.exit(f"{address} answers {answer.status}: load the classification and the articles first.")
    page.wait_for_function("seen.first && seen.largest")
    seen = page.evaluate("seen")
    figures = seen["first"], seen["largest"], seen["moved"], sum(sizes)
    context.close()
    return figures


def main() -> None:
    site = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://localhost:8000"
    visits = {name: [] for name in PAGES}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--disable-gpu", "--disable-quic"])
        for _ in range(RUNS):
            for name, path in PAGES.items():
                visits[name].append(measure(browser, site + path))
        version = browser.version
        browser.close()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"Chromium {version}, {os.cpu_count()} cores, {memory:.0f} GiB, {RUNS} runs")
    for name, figures in visits.items():
        first, largest, moved, size = map(statistics.median, zip(*figures, strict=True))
        print(f"{name:14} first paint {first:6.0f} ms  largest {largest:6.0f} ms  shift {moved:.3f} {size:9,.0f} bytes")


if __name__ == "__main__":
    main()
