"""What is wrong in a file that is being loaded."""

from dataclasses import dataclass
from pathlib import Path


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
        count = len(self.faults)
        return f"{self}\n{count} {'fault' if count == 1 else 'faults'}; nothing was written."


def read_text(path: Path, error: type[FileFaults] = FileFaults) -> str:
    """Return the text of `path`. Raises `error` where it cannot be read, or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise error([Fault(path, line, "file", "expected UTF-8 text")]) from None
    except OSError as fault:
        raise error([Fault(path, 1, "file", f"expected a readable file: {fault.strerror}")]) from None
