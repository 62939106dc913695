"""Run the suite on SQLite and on PostgreSQL: `make test`, or `python -m tests` with pytest's own arguments.

PostgreSQL is looked for at TEST_POSTGRES_URL. Where it does not answer its half is left out, and the last lines say so; with
CI=true that is a failure.
"""

import os
import re
import subprocess
import sys

import psycopg

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/plainwell"
# What a developer has set for a site of their own is none of the suite's business, DATABASE_URL least of all.
SITE_VARIABLES = [
    *("ALLOWED_HOSTS", "CONTACT_EMAIL", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DEBUG", "DEFAULT_FROM_EMAIL", "EMAIL_URL"),
    *("LISTEN_ADDRESS", "PORT", "PRODUCTION", "REDIS_URL", "SECRET_KEY", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT"),
    *("SITE_NAME", "SITE_URL", "TIME_ZONE", "TRUSTED_PROXY_COUNT", "WEB_CONCURRENCY", "DJANGO_SETTINGS_MODULE"),
]
SUMMARY = re.compile(r"^[= ]*((?:no tests ran|\d+ (?:passed|failed|error)).* in [\d.]+s.*?)[= ]*$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def main(arguments):
    """Run both halves and return the exit code: 0 where each half that ran is green, and none is missing in a pipeline."""
    lines, codes = [], []
    for name, url in {"SQLite": "", "PostgreSQL": POSTGRES_URL}.items():
        if url and (reason := why_unreachable(url)):
            lines.append(f"PostgreSQL: LEFT OUT, for the server at TEST_POSTGRES_URL does not answer ({reason}).")
            codes.append(1 if os.environ.get("CI") == "true" else 0)
            continue
        print(f"\n== The suite on {name}", flush=True)
        code, summary = run_pytest(url, arguments)
        lines.append(f"{name}: {summary}")
        codes.append(code)
    print("\n== Both databases", *lines, sep="\n", flush=True)
    return max(codes)


def why_unreachable(url):
    """Return the server's first line of reason, or None where it answers. The database itself is made by the suite."""
    try:
        psycopg.connect(url, dbname="postgres", connect_timeout=5).close()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]


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
