"""The site as `make run` serves it, opened in a real browser in which nothing goes wrong unseen."""

import fcntl
import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.__main__ import SITE_VARIABLES, find_chromium
from tests.browser.pages import PAGES, PASSWORD, PEOPLE, reach

ROOT = Path(__file__).parent.parent.parent
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
TO_START = 180  # seconds: it loads the whole classification
# Nothing but the site can be reached, whatever a page asks for.
ARGUMENTS = ["--disable-gpu", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"]
TELL_OF_VIOLATIONS = """
    addEventListener("securitypolicyviolation", event => console.error(
        `Content Security Policy: ${event.violatedDirective} refused ${event.blockedURI}`))
"""


def pytest_itemcollected(item):
    item.add_marker(pytest.mark.browser)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Leave these tests to the end: Playwright's event loop keeps Django from its database in the same process."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# --- The site ---------------------------------------------------------------------------------------------------------------


class Site:
    def __init__(self, folder):
        self.folder, self.var, self.port, self.output = folder, folder / "var", folder / "port", folder / "output.txt"

    @property
    def url(self):
        return f"http://localhost:{self.port.read_text()}"

    def start(self):
        """Start the site and add the rows that the tests need; return its process."""
        port = free_port()
        shutil.rmtree(self.var, ignore_errors=True)
        clean = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
        # Each browser of these tests says that it comes from an address of its own: together they would pass the rate limits.
        ours = {"PORT": str(port), "VAR_DIR": str(self.var), "WEB_CONCURRENCY": "2", "TRUSTED_PROXY_COUNT": "1"}
        ours |= {"WORKER": "false"}  # nothing changes on a page but what a test does
        ours |= {"COUNTRY": "GB", "CONTACT_EMAIL": "help@example.org"}  # so that every part of a page is there
        options = {"env": clean | ours, "cwd": ROOT, "stderr": subprocess.STDOUT}
        with self.output.open("w") as output:
            process = subprocess.Popen([sys.executable, "manage.py", "serve"], stdout=output, **options)
        try:
            wait_for(f"http://localhost:{port}/health/ready", process)
            add_rows = ["manage.py", "shell", "--no-imports", "-c", "from tests.browser import rows; rows.add()"]
            subprocess.run([sys.executable, *add_rows], stdout=self.output.open("a"), check=True, **options)
        except Exception as error:
            process.terminate()
            raise RuntimeError(f"The site did not start:\n{self.output.read_text()}") from error
        self.port.write_text(str(port))
        return process

    def code_for(self, address):
        """Return the newest code that was mailed to `address`."""
        mails = self.output.read_text().split("Content-Type: text/plain")
        return next(re.search(r"^ {4}(\S+)$", mail, re.MULTILINE)[1] for mail in reversed(mails) if f"To: {address}\n" in mail)


def wait_for(address, process):
    """Return as soon as `address` answers; raises where `process` has ended."""
    for _ in range(TO_START * 5):
        try:
            return urlopen(address, timeout=5).close()  # noqa: S310
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise TimeoutError


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chromium():
    return find_chromium() or pytest.skip("no Chromium was found")


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory, worker_id):
    """One site for all processes of a run: the first to need it starts it, and stops it when the others have let go."""
    base = tmp_path_factory.getbasetemp()
    site = Site((base if worker_id == "master" else base.parent) / "site")
    site.folder.mkdir(exist_ok=True)
    with (site.folder / "users.lock").open("w") as users:
        with locked(site.folder / "starting.lock"):
            process = None if site.port.exists() else site.start()
            fcntl.flock(users, fcntl.LOCK_SH)
        yield site
    if process:
        with locked(site.folder / "starting.lock"), locked(site.folder / "users.lock"):
            site.port.unlink()
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def locked(path):
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- The browser ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return browser_type_launch_args | {"executable_path": chromium, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, site):
    return browser_context_args | {"base_url": site.url}


@pytest.fixture(scope="session")
def network_addresses(worker_id):
    """Addresses for visitors of this process, one each."""
    process = int(worker_id.removeprefix("gw")) if worker_id != "master" else 0
    return (f"10.{process}.{number >> 8}.{number & 255}" for number in itertools.count(1))


@pytest.fixture
def new_context(new_context, site, network_addresses):
    """Playwright's, each of them another visitor; fails the test at its end where anything went wrong on a page."""
    contexts, faults = [], []

    def watched(**options):
        context = new_context(**{"viewport": PHONE} | options)
        context.set_extra_http_headers({"X-Forwarded-For": next(network_addresses)})
        contexts.append(context)
        watch(context, site, faults)
        return context

    yield watched
    expect_no_faults(contexts, faults)


def expect_no_faults(contexts, faults):
    for page in itertools.chain.from_iterable(context.pages for context in contexts):
        page.wait_for_timeout(0)  # what it had to say is heard
    assert not faults, "\n".join(faults)


def watch(context, site, faults):
    """Add to `faults` what goes wrong on the pages of `context`: errors, refused content, requests to another host."""
    documents = set()

    def request(request):
        if request.is_navigation_request():
            documents.add(request.url)
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(f"{site.url}/"):
            faults.append(f"{request.frame.url} asks another host: {request.url}")

    def console(message):
        # Chromium calls it an error that a page answers 404 or 410; a test that opens one says so itself.
        is_status = message.text.startswith("Failed to load resource") and message.location["url"] in documents
        if not is_status and (message.type == "error" or "Content Security Policy" in message.text):
            faults.append(f"{message.location['url']}: {message.text}")

    context.add_init_script(TELL_OF_VIOLATIONS)
    context.on("request", request)
    context.on("console", console)
    context.on("weberror", lambda error: faults.append(f"{error.page.url}: {error.error}"))


# --- People -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def log_in(browser, browser_context_args, network_addresses):
    """Return a function that gives the cookies of somebody of `PEOPLE`, who logs in once; a visitor has none."""
    cookies = {"visitor": []}

    def logged_in(who):
        if who not in cookies:
            headers = {"X-Forwarded-For": next(network_addresses)}
            with browser.new_context(**browser_context_args, extra_http_headers=headers) as context:
                page = context.new_page()
                page.goto("/accounts/login/")
                page.get_by_text("Log in with a password instead").click()
                form = page.locator("form", has=page.get_by_label("Password"))
                form.get_by_label("E-mail address").fill(PEOPLE[who])
                form.get_by_label("Password").fill(PASSWORD)
                form.get_by_label("Password").press("Enter")
                page.wait_for_url("**/me/")
                cookies[who] = context.cookies()
        return cookies[who]

    return logged_in


@pytest.fixture(scope="session")
def tabs(browser, browser_context_args, site):
    """{whether JavaScript runs: (page, its faults)}, kept, since a new context costs four times what a visit does."""
    tabs = {}
    for is_on in [True, False]:
        context, faults = browser.new_context(**browser_context_args, java_script_enabled=is_on), []
        watch(context, site, faults)
        tabs[is_on] = context.new_page(), faults
    return tabs


@pytest.fixture
def open_page(tabs, site, log_in, network_addresses):
    """Return a function that opens a page of the table, as the reader named there or as another, and gives it back.

    It fails the test at its end, as `new_context` does.
    """
    used = []

    def opened(name, reader=None, viewport=PHONE, java_script_enabled=True):
        place = PAGES[name]
        page, faults = tabs[java_script_enabled]
        used.append((page.context, faults))
        page.context.clear_cookies()
        page.context.add_cookies(log_in(reader or place.reader))
        page.context.set_extra_http_headers({"X-Forwarded-For": next(network_addresses)})
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme="light")
        faults.clear()
        reach(place, page, site)
        return page

    yield opened
    for context, faults in used:
        expect_no_faults([context], faults)
