"""Run the suite on SQLite, on PostgreSQL and in a browser: `make test`, or `python -m tests` with pytest's own arguments.

PostgreSQL is looked for at TEST_POSTGRES_URL, the browser at CHROMIUM or on the PATH. Where one is missing its part is left out,
and the last lines say so; with CI=true that is a failure.
"""

import os
import re
import shutil
import subprocess
import sys

import psycopg

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/plainwell"
# What a developer has set for a site of their own is none of the suite's business, DATABASE_URL least of all.
SITE_VARIABLES = [
    *("ALLOWED_HOSTS", "CHECK_LINKS", "CONTACT_EMAIL", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DEBUG", "DEFAULT_FROM_EMAIL"),
    *("ACCENT_COLOUR", "ADVICE_NUMBER", "COUNTRY", "EMAIL_URL", "EMERGENCY_NUMBER", "SITE_MARK"),
    *("LISTEN_ADDRESS", "PORT", "PRODUCTION", "REDIS_URL", "SECRET_KEY", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT"),
    *("SITE_NAME", "SITE_URL", "TIME_ZONE", "TRUSTED_PROXY_COUNT", "VAR_DIR", "WEB_CONCURRENCY", "WORKER"),
    "DJANGO_SETTINGS_MODULE",
]
NO_TESTS = 5  # pytest's exit code where it found none
NO_CHROMIUM = "no Chromium was found (Debian: apt install chromium; elsewhere name one in CHROMIUM)"
SUMMARY = re.compile(r"^[= ]*((?:no tests ran|\d+ (?:passed|failed|error)).* in [\d.]+s.*?)[= ]*$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def main(arguments):
    """Run every part and return the exit code: 0 where each that ran is green, and none is missing in a pipeline."""
    lines, codes, is_whole = [], [], True
    for name, missing, marked, url in parts():
        if missing:
            lines.append(f"{name}: LEFT OUT, for {missing}.")
            is_whole = False
            continue
        print(f"\n== The suite: {name}", flush=True)
        code, summary = run_pytest(url, ["-m", marked, *arguments])
        lines.append(f"{name}: {summary}")
        codes.append(code)
    print("\n== In all", *lines, sep="\n", flush=True)
    # A part may hold none of the tests that were asked for; all of them may not.
    codes = [code for code in codes if code != NO_TESTS] or [NO_TESTS]
    return max(codes) if is_whole or os.environ.get("CI") != "true" else max(1, *codes)


def parts():
    """Yield (name, what is missing for it or None, the marker of its tests, DATABASE_URL)."""
    yield "SQLite", None, "not browser", ""
    reason = why_unreachable(POSTGRES_URL)
    yield "PostgreSQL", reason and f"the server at TEST_POSTGRES_URL does not answer ({reason})", "not browser", POSTGRES_URL
    yield "Browser", None if find_chromium() else NO_CHROMIUM, "browser", ""


def why_unreachable(url):
    """Return the server's first line of reason, or None where it answers. The database itself is made by the suite."""
    try:
        psycopg.connect(url, dbname="postgres", connect_timeout=5).close()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]


def find_chromium():
    """Return the path of Chromium, or None: the one that CHROMIUM names, and without it the first on the PATH."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else ["chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def run_pytest(database_url, arguments):
    """Run pytest on all cores, show what it says as it says it, and return its exit code and its summary."""
    environment = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    # Eight at most: every process makes a database of its own.
    command = [sys.executable, "-m", "pytest", "--numprocesses=auto", "--maxprocesses=8", *colour, *arguments]
    environment["DATABASE_URL"] = database_url
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pytest:
        said = b""
        while part := pytest.stdout.read1():
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
            said += part
    summaries = SUMMARY.findall(COLOUR.sub("", said.decode(errors="replace")))
    return pytest.returncode, summaries[-1] if summaries else f"pytest ended with {pytest.returncode}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
