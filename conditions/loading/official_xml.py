"""Reads the XML of NCHS and CMS piece by piece, and refuses what their files do not hold. Pure Python."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

DEPTH = 20  # elements inside one another; the official files need eleven


class ReleaseFileError(Exception):
    """Raised for the first fault of a file: which file, where in it, what was expected. Nothing was written."""

    def __init__(self, path: Path | str, expected: str, line: int = 0):
        self.path, self.expected, self.line = path, expected, line
        super().__init__(f"{path}, line {line}: {expected}" if line else f"{path}: {expected}")


@dataclass(slots=True)
class Element:
    tag: str
    line: int
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""


class ElementBuilder:
    """Builds the elements `piece` right below the element `root`. It forgets those it has given out: the file is never in memory.

    Elements named in `mixed` may hold text beside other elements; their `text` is their own words alone.
    """

    def __init__(self, path: Path, root: str, piece: str, mixed: frozenset[str] = frozenset()):
        self.path, self.root, self.piece, self.mixed = path, root, piece, mixed
        self.open: list[Element] = []
        self.complete: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def feed(self, text: str, is_last: bool) -> list[Element]:
        """Return the pieces that `text` completes. Raises ReleaseFileError where it is not well-formed."""
        try:
            self.parser.Parse(text, is_last)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise ReleaseFileError(self.path, f"expected well-formed XML to the end of the file: {reason}", error.lineno) from None
        complete, self.complete = self.complete, []
        return complete

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if not self.open and (tag != self.root or attributes.get("isAddenda") == "true"):
            raise ReleaseFileError(self.path, f"expected a full file, <{self.root}>; not <{tag}>, nor an addenda", line)
        element = Element(tag, line, attributes)
        if len(self.open) > 1:  # the root keeps nothing
            self.open[-1].children.append(element)
        self.open.append(element)
        if len(self.open) > DEPTH:
            raise ReleaseFileError(self.path, f"expected at most {DEPTH} elements inside one another", line)

    def end(self, tag: str) -> None:
        element = self.open.pop()
        if element.children and element.text.strip() and tag not in self.mixed:
            raise ReleaseFileError(self.path, f"expected no loose text in <{tag}>: “{fold(element.text)[:40]}”", element.line)
        if len(self.open) == 1 and tag == self.piece:
            self.complete.append(element)

    def characters(self, text: str) -> None:
        self.open[-1].text += text

    def doctype(self, *_: object) -> None:
        # The official files have none, and entities can be made to eat memory or to read other files.
        raise ReleaseFileError(self.path, "expected no document type and no entities", self.parser.CurrentLineNumber)


def read_text(path: Path) -> str:
    """Return the text of `path`, its line ends as "\\n". Raises ReleaseFileError where it is missing, empty or not UTF-8."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise ReleaseFileError(path, f"expected a file to read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ReleaseFileError(path, "expected UTF-8 or ASCII", data.count(b"\n", 0, error.start) + 1) from None
    if not text.strip() or "\0" in text:
        raise ReleaseFileError(path, "expected text; the file is empty or binary")
    return text.replace("\r\n", "\n")


def fold(text: str) -> str:
    return " ".join(text.split())
