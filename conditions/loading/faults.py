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
