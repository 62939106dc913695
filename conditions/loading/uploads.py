"""What somebody uploads to be loaded: article files, or one .zip of them with their pictures, as {path: bytes}. Writes nothing.

Nothing in an upload is believed: neither the sizes that an archive gives of its files, nor their names.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.core.exceptions import ValidationError

MOST_BYTES = 10_000_000  # of everything, as it was uploaded and as it is unpacked
MOST_FILES = 1000
LONGEST_PATH, LONGEST_NAME = 400, 200  # bytes
ARTICLES = (".html", ".md")
KINDS = (*ARTICLES, ".svg", ".jpg", ".jpeg", ".png", ".webp", ".avif")
LEFT_BY_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
NOT_IN_NAMES = set('\\:*?"<>|')  # they part folders or name devices on one system or another
# What archives that are cut off, damaged, locked or made by a stranger's hand raise when they are read.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


def unpack(uploads: Iterable[tuple[str, object]]) -> dict[str, bytes]:
    """Return {path: bytes} of what was uploaded: (name, open file) of article files, or of one archive.

    Raises ValidationError with one sentence that says what is wrong and of which file.
    """
    uploads = list(uploads)
    archives = [(name, file) for name, file in uploads if name.lower().endswith(".zip")]
    if archives and len(uploads) > 1:
        raise ValidationError("Choose either one .zip or article files, not both together.")
    files = unpack_archive(*archives[0]) if archives else take(uploads)
    if not articles_in(files):
        raise ValidationError("There is no article file in it: their names end in .html or .md.")
    return files


def take(uploads: list[tuple[str, object]]) -> dict[str, bytes]:
    """Return {name: bytes} of article files that were uploaded one by one."""
    for name, _ in uploads:
        if not name.lower().endswith(ARTICLES):
            raise ValidationError(f"“{name}” is no article file (.html or .md). Pictures come in a .zip, with their articles.")
    check_paths([name for name, _ in uploads])
    files: dict[str, bytes] = {}
    for name, file in uploads:
        files[name] = read(file, files)
    return files


def unpack_archive(name: str, file) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not (entry.is_dir() or is_litter(entry.filename))]
            # Entries may lie over each other in the archive: each of them would be read.
            if len(entries) > MOST_FILES or sum(entry.compress_size for entry in entries) > MOST_BYTES:
                raise ValidationError(f"“{name}” is too large: at most {MOST_FILES} files and {megabytes()} are loaded at once.")
            check_paths([entry.filename for entry in entries])
            for entry in entries:
                check_entry(entry)
                with archive.open(entry) as opened:
                    files[entry.filename] = read(opened, files)
    except DAMAGED:
        raise ValidationError(f"“{name}” cannot be unpacked: it is damaged, locked by a password, or no .zip at all.") from None
    return files


def is_litter(path: str) -> bool:
    """Say whether a file is one that an operating system leaves in archives."""
    return any(part in LEFT_BY_SYSTEMS or part.startswith("._") for part in path.split("/"))


def check_paths(paths: list[str]) -> None:
    """Refuse a path that leads anywhere else than below the folder, and two that may be one: systems differ over capitals."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        parts = path.split("/")
        if set(parts) & {"", ".", ".."} or not path.isprintable() or NOT_IN_NAMES & set(path):
            raise ValidationError(f"“{path}” has a name that leads out of its folder, or that some systems do not know. Rename it.")
        if len(path.encode()) > LONGEST_PATH or max(len(part.encode()) for part in parts) > LONGEST_NAME:
            raise ValidationError(f"“{path[:60]}…” has too long a name.")
        above = {str(folder).casefold() for folder in PurePosixPath(path).parents}
        if path.casefold() in seen | folders or above & seen:
            raise ValidationError(f"“{path}” stands there twice.")
        seen.add(path.casefold())
        folders |= above


def check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse an entry that is no plain file of a kind that articles need."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ValidationError(f"“{entry.filename}” is a link to another file: put the file itself into the archive.")
    if not entry.filename.lower().endswith(KINDS):
        raise ValidationError(f"“{entry.filename}” is neither an article file (.html or .md) nor a picture. Take it out.")
    if entry.filename != entry.orig_filename or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile  # other ways of packing may ask for gigabytes of memory


def read(file, files: dict[str, bytes]) -> bytes:
    """Return what is in `file`, for which there must be room beside `files`."""
    room = MOST_BYTES - sum(map(len, files.values()))
    data = file.read(room + 1)
    if len(data) > room:
        raise ValidationError(f"This is more than {megabytes()} in all, unpacked. Load it in several parts.")
    return data


def megabytes() -> str:
    return f"{MOST_BYTES // 1_000_000} MB"


def articles_in(files: Iterable[str]) -> list[str]:
    return sorted(path for path in files if path.lower().endswith(ARTICLES))


def write_out(files: dict[str, bytes], folder: Path) -> list[Path]:
    """Write what was unpacked below the empty `folder`, and return the article files among it."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return [folder / path for path in articles_in(files)]
