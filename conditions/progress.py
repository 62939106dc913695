"""Progress of what takes a while: bars on a terminal, else a line for each phase."""

from collections.abc import Callable
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bars

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is


def silently(what: str, done: int, total: int) -> None:
    """Show no progress."""


@contextmanager
def shown_progress(stdout, verbosity):
    """Yield what shows (what, done, total)."""
    console = Console(stderr=True)  # not the command's stderr, which colours every write red and ends it with a line end
    with Bars(console=console, disable=not (verbosity and console.is_terminal), transient=True) as bars:
        tasks = {}

        def show(what, done, total):
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
                if verbosity and not console.is_terminal:
                    stdout.write(f"{what} …")
            bars.update(tasks[what], completed=done, total=total)

        yield show
