"""The six-word rule: no public text holds six consecutive words of gated text. Pure Python."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from conditions.text import words

Key = TypeVar("Key")
RUN_LENGTH = 6  # words
# Runs that any two medical texts may share and that give nothing away, written as `words()` returns them.
STOCK_PHRASES = frozenset(
    {
        "talk to your doctor or nurse",
        "ask your doctor nurse or pharmacist",
        "your doctor nurse or pharmacist can",
        "call your local emergency number if",
        "get medical help straight away if",
    }
)


def runs(markup: str) -> dict[str, int]:
    """Return every run of six consecutive words of `markup`, as `runs_of` does."""
    return runs_of(words(markup))


def runs_of(found: list[str]) -> dict[str, int]:
    """Return every run of six of the words `found`, stock phrases apart, each with the place of its first word."""
    all_runs = ((" ".join(found[start : start + RUN_LENGTH]), start) for start in range(len(found) - RUN_LENGTH + 1))
    return {run: start for run, start in all_runs if run not in STOCK_PHRASES}


def shared_run(public: Iterable[str], gated: str) -> str | None:
    """Return the first run of six words of `gated` that stands in one of the `public` texts, or None."""
    gated_runs = runs(gated)
    shared = {run for text in public for run in runs(text)} & gated_runs.keys()
    return min(shared, key=gated_runs.__getitem__, default=None)


def shared_runs(public: Mapping[Key, str], gated: Iterable[str]) -> dict[Key, str]:
    """Return {key: run} for the `public` texts that have six words in a row in common with one of the `gated` ones.

    Each text is taken apart once. What several public texts say counts for the first of them.
    """
    owners: dict[str, Key] = {}
    for key, text in public.items():
        for run in runs(text):
            owners.setdefault(run, key)
    found: dict[Key, str] = {}
    for text in gated:
        for run in runs(text):
            if run in owners:
                found.setdefault(owners[run], run)
    return found
