"""`python -m tests`: what is left out is said, and what failed is not hidden."""

import pytest

from tests import __main__ as suite


@pytest.fixture
def halves(monkeypatch):
    """Return a function that says how each half ends: its exit code, or why its server cannot be reached."""

    def end(sqlite, postgres):
        reason = postgres if isinstance(postgres, str) else None
        codes = {"": sqlite, suite.POSTGRES_URL: postgres}
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.setattr(suite, "why_unreachable", lambda _: reason)
        monkeypatch.setattr(suite, "run_pytest", lambda url, _: (codes[url], "2 passed in 0.10s"))

    return end


@pytest.mark.parametrize(("sqlite", "postgres", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)])
def test_either_half_can_fail_the_suite(halves, sqlite, postgres, code):
    halves(sqlite, postgres)
    assert suite.main([]) == code


def test_a_half_that_is_left_out_is_said_last(halves, capsys):
    halves(0, "connection refused")
    assert suite.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("PostgreSQL: LEFT OUT")


def test_in_a_pipeline_no_half_may_be_left_out(halves, monkeypatch):
    halves(0, "connection refused")
    monkeypatch.setenv("CI", "true")
    assert suite.main([]) == 1


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
