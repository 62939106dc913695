"""What is wrong in a file that is being loaded."""

from dataclasses import dataclass
from pathlib import Path

from conditions.text import counted


@dataclass(frozen=True)
class Fault:
    """One mistake in one place of a file."""

    path: Path
    line: int
    field: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.field}: {self.expected}"


class FileFaults(Exception):
    """Raised with every fault that was found; nothing was written."""

    def __init__(self, faults: list[Fault]):
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    @property
    def told(self) -> str:
        """Every fault on a line of its own, and how many there are."""
        return f"{self}\n{counted(len(self.faults), 'fault')}; nothing was written."


def read_text(path: Path, error: type[FileFaults] = FileFaults) -> str:
    """Return the text of `path`. Raises `error` where it cannot be read, or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise error([Fault(path, line, "file", "expected UTF-8 text")]) from None
    except OSError as fault:
        raise error([Fault(path, 1, "file", f"expected a readable file: {fault.strerror}")]) from None


def read_rows(path: Path, columns: str, count: int) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Return ([(line, its `count` cells)], faults of form) of a list: UTF-8, cells parted by tabs, `columns` says what they are.

    Empty lines, and those that begin with #, are none of it. Raises FileFaults where the file cannot be read.
    """
    rows, faults = [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) == count:
            rows.append((number, cells))
        else:
            faults.append(Fault(path, number, "line", f"expected {columns}, parted by tabs; found {line!r}"))
    return rows, faults
