"""Pictures as files beside an article file: which of its files stands for a picture outside, and how it is known again."""

import re
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from conditions.pictures import StoredPicture, check_picture, find_picture, store_picture

EXPORTED = re.compile(r"(?P<digest>[0-9a-f]{64})\.\w+")


def path_of(picture: StoredPicture) -> str:
    """Return the path in the storage of the file that stands for `picture`: a drawing itself, else the largest that lost least."""
    is_lossless = picture.format == "png" and picture.fallback_width == picture.width
    return picture.fallback if picture.format == "svg" or is_lossless else picture.sources["webp"][-1][0]


def name_of(picture: StoredPicture) -> str:
    """Return the name of the exported file: the digest of what was once uploaded, by which it is known when it comes back."""
    return f"{picture.digest}.{path_of(picture).rpartition('.')[2]}"


def check(path: Path) -> StoredPicture:
    """Return what storing the picture in the file `path` gives, and write nothing. Raises ValidationError as `check_picture`."""
    if known := exported(path):
        return known
    with path.open("rb") as file:
        return check_picture(File(file))


def store(path: Path) -> StoredPicture:
    """Store the picture in the file `path`, unless it came from here. Raises ValidationError as `store_picture`."""
    if known := exported(path):
        return known
    with path.open("rb") as file:
        return store_picture(File(file))


def exported(path: Path) -> StoredPicture | None:
    """Return the picture that `path` was exported from, where that one is stored here and the file is still the same to the byte.

    What was uploaded is not kept, only the sizes that were made of it. Made anew from one of them it would be another picture,
    and a little worse each time it goes out and comes back.
    """
    found = EXPORTED.fullmatch(path.name)
    picture = found and find_picture(found["digest"])
    if not picture or name_of(picture) != path.name:
        return None
    with default_storage.open(path_of(picture)) as file:
        return picture if file.read() == path.read_bytes() else None
