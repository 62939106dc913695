"""`python -m tests`: what is left out is said, and what failed is not hidden."""

import pytest

from tests import __main__ as suite


@pytest.fixture
def parts(monkeypatch):
    """Return a function that says how each part ends: its exit code, or why it cannot be run."""

    def end(sqlite=0, postgres=0, browser=0):
        ends = {"SQLite": sqlite, "PostgreSQL": postgres, "Browser": browser}
        missing = {name: end if isinstance(end, str) else None for name, end in ends.items()}
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.setattr(suite, "parts", lambda: [(name, missing[name], "a marker", name) for name in ends])
        monkeypatch.setattr(suite, "run_pytest", lambda url, _: (ends[url], "2 passed in 0.10s"))

    return end


@pytest.mark.parametrize(
    ("ends", "code"),
    [((0, 0, 0), 0), ((1, 0, 0), 1), ((0, 1, 0), 1), ((0, 0, 1), 1), ((0, 0, "no Chromium"), 0), ((0, 1, "no Chromium"), 1)],
)
def test_each_part_can_fail_the_suite(parts, ends, code):
    parts(*ends)
    assert suite.main([]) == code


@pytest.mark.parametrize(("ends", "code"), [((0, 0, 5), 0), ((5, 5, 0), 0), ((5, 5, 1), 1), ((5, 5, 5), 5), ((5, "down", 5), 5)])
def test_a_part_without_the_tests_asked_for_is_no_failure_unless_every_part_is(parts, ends, code):
    parts(*ends)
    assert suite.main(["-k", "gate"]) == code


def test_a_part_that_is_left_out_is_said_last(parts, capsys):
    parts(postgres="the server does not answer", browser=suite.NO_CHROMIUM)
    assert suite.main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2] == "PostgreSQL: LEFT OUT, for the server does not answer."
    assert said[-1].startswith("Browser: LEFT OUT, for no Chromium was found (Debian: apt install chromium")


@pytest.mark.parametrize("part", ["postgres", "browser"])
def test_in_a_pipeline_no_part_may_be_left_out(parts, monkeypatch, part):
    parts(**{part: "it is missing"})
    monkeypatch.setenv("CI", "true")
    assert suite.main([]) == 1


def test_the_browser_is_the_one_that_is_named(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert suite.find_chromium() is None


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("...\n3 passed in 0.10s\n", "3 passed in 0.10s"),
        ("1 failed, 2 passed, 1 warning in 61.00s (0:01:01)\n", "1 failed, 2 passed, 1 warning in 61.00s (0:01:01)"),
        ("=== 3 passed, 1 skipped in 0.10s ===\n", "3 passed, 1 skipped in 0.10s"),
        ("no tests ran in 0.01s\n", "no tests ran in 0.01s"),
    ],
)
def test_the_summary_is_found_in_what_pytest_says(said, summary):
    assert suite.SUMMARY.findall(said) == [summary]


def test_a_server_that_does_not_answer_is_one_line_without_its_password():
    reason = suite.why_unreachable("postgresql://me:hunter2@127.0.0.1:1/plainwell")
    assert "refused" in reason
    assert "hunter2" not in reason
