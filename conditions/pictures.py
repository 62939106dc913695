"""Pictures: what may be one, and the sizes that are made of it. Each is kept by its content and never changes. No models."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, ImageOps

from conditions.drawings import read_drawing

FOLDER = "pictures"
DRAWING = "drawing.svg"
MOST_BYTES, MOST_BYTES_OF_DRAWING = 10_000_000, 300_000
MOST_PIXELS, LONGEST_SIDE, LEAST_WIDTH = 40_000_000, 16_000, 320  # WebP holds no side above 16,383
WIDTHS, LARGEST_FALLBACK = (400, 800, 1600), 800
SOURCES = {"avif": {"quality": 60, "speed": 8}, "webp": {"quality": 80, "method": 4}}  # speed 8 is ten times as fast as 6, for 1 %
FALLBACKS = {"jpeg": ("jpg", {"quality": 82, "progressive": True}), "png": ("png", {})}
READABLE = ["JPEG", "PNG", "WEBP", "AVIF"]  # a phone's JPEG with a second picture inside is opened as MPO
KINDS = "a JPEG, PNG, WebP or AVIF picture or an SVG drawing"
# How files begin that people take for pictures: a decoder is not asked, each is one more to be attacked through.
OTHER_KINDS = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"PK\3\4": "a ZIP archive",
}
HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis"}
SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class StoredPicture:
    """The files of one picture. `digest` is the SHA-256 of what was uploaded, `format` that of the fallback; the size is that of
    the largest rendition, which may be smaller than what was uploaded, or a drawing's viewBox."""

    digest: str
    format: str
    width: int
    height: int

    def path(self, name: str) -> str:
        return f"{FOLDER}/{self.digest}/{name}"

    @property
    def widths(self) -> list[int]:
        return sorted({*(width for width in WIDTHS if width < self.width), self.width})

    @property
    def sources(self) -> dict[str, list[tuple[str, int]]]:
        """{kind: [(path, width), …]} of the renditions; a drawing has none."""
        if self.format == "svg":
            return {}
        return {kind: [(self.path(f"{width}.{kind}"), width) for width in self.widths] for kind in SOURCES}

    @property
    def fallback(self) -> str:
        """The path of the one file that every browser shows."""
        if self.format == "svg":
            return self.path(DRAWING)
        return self.path(f"{self.fallback_width}.{FALLBACKS[self.format][0]}")

    @property
    def fallback_width(self) -> int:
        return max(width for width in self.widths if width <= LARGEST_FALLBACK)


def store_picture(file) -> StoredPicture:
    """Store the picture in an open `file` with its renditions. What is stored already is not written again.

    Raises ValidationError with one sentence that names what was found and what is expected.
    """
    data = read(file)
    if stored := find_picture(digest_of(data)):
        return stored
    picture, image = examine(data)
    if image is None:
        keep(picture.fallback, data)
        return picture
    for kind, renditions in picture.sources.items():
        for path, width in renditions:
            keep(path, encoded(image, width, kind, SOURCES[kind]))
    # Last: where it is, the others are whole.
    keep(picture.fallback, encoded(image, picture.fallback_width, picture.format, FALLBACKS[picture.format][1]))
    return picture


def check_picture(file) -> StoredPicture:
    """Return what storing the picture in `file` would give, and write nothing. Raises ValidationError as `store_picture` does."""
    data = read(file)
    return find_picture(digest_of(data)) or examine(data)[0]


def find_picture(digest: str) -> StoredPicture | None:
    """Return the picture that is stored under `digest`; None where there is none, or one whose files are not all there."""
    try:
        names = set(default_storage.listdir(f"{FOLDER}/{digest}")[1])
    except FileNotFoundError:
        return None
    if DRAWING in names:
        return find_drawing(digest)
    largest = max(
        (name for name in names if name.endswith(".webp")), key=lambda name: int(name.removesuffix(".webp")), default=None
    )
    fallback = next((format for format, (suffix, _) in FALLBACKS.items() for name in names if name.endswith(suffix)), None)
    if not largest or not fallback:
        return None
    with suppress(OSError, SyntaxError), default_storage.open(f"{FOLDER}/{digest}/{largest}") as file:
        picture = StoredPicture(digest, fallback, *Image.open(file, formats=["WEBP"]).size)
        if {path.rpartition("/")[2] for path in paths(picture)} <= names and is_whole(picture.fallback):
            return picture
    return None


def find_drawing(digest: str) -> StoredPicture | None:
    with default_storage.open(f"{FOLDER}/{digest}/{DRAWING}") as file:
        data = file.read()
    return examine_drawing(data) if digest_of(data) == digest else None


def words_in(file) -> str:
    """Return the words that stand in the picture in `file`: a drawing's text. Those painted in pixels are not read."""
    data = file.read(MOST_BYTES_OF_DRAWING)
    return read_drawing(data).words if is_drawing(data) else ""


def paths(picture: StoredPicture) -> list[str]:
    return [*(path for renditions in picture.sources.values() for path, _ in renditions), picture.fallback]


def is_whole(path: str) -> bool:
    """Say whether the file that was written last was written to its end."""
    try:
        with default_storage.open(path) as file:
            Image.open(file, formats=["JPEG", "PNG"]).load()
    except (OSError, SyntaxError):
        return False
    return True


def keep(path: str, data: bytes) -> None:
    """Write a file in the place of what an interrupted write left there."""
    default_storage.delete(path)
    written = default_storage.save(path, ContentFile(data))
    if written != path:  # another process stores the same picture at this moment; its file is as good
        default_storage.delete(written)


# --- What may be a picture --------------------------------------------------------------------------------------------------


def read(file) -> bytes:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        size = getattr(file, "size", None)
        raise refused(f"a file of at most {megabytes(MOST_BYTES)}", f"one of {megabytes(size)}" if size else "a larger one")
    return data


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def examine(data: bytes) -> tuple[StoredPicture, Image.Image | None]:
    """Return what storing `data` gives and the image in its largest size, sRGB and without metadata; None for a drawing."""
    if is_drawing(data):
        return examine_drawing(data), None
    image = largest_rendition(data)
    return StoredPicture(digest_of(data), "png" if image.mode == "RGBA" else "jpeg", *image.size), image


def is_drawing(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def examine_drawing(data: bytes) -> StoredPicture:
    if len(data) > MOST_BYTES_OF_DRAWING:
        raise refused(f"an SVG drawing of at most {MOST_BYTES_OF_DRAWING // 1000} KB", f"one of {len(data) / 1000:.0f} KB")
    drawing = read_drawing(data)
    return StoredPicture(digest_of(data), "svg", drawing.width, drawing.height)


def largest_rendition(data: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=READABLE)
    except Image.DecompressionBombError:
        raise refused(f"a picture of at most {megapixels(MOST_PIXELS)}", "a far larger one") from None
    except Exception:  # decoders fail in more ways than they name
        raise refused(KINDS, kind_of(data)) from None
    check_header(image)
    width, height = image.size
    try:
        if image.getexif().get(0x0112, 1) >= 5:  # Orientation: the camera was held upright
            width, height = height, width
        check_width(width)
        scale = min(1, WIDTHS[-1] / width)
        image.draft(None, (round(image.width * scale), round(image.height * scale)))  # a JPEG is decoded at about this size
        image.load()
        width, height = (WIDTHS[-1], max(1, round(height * scale))) if scale < 1 else (width, height)
        return upright(image, width, height)
    except ValidationError:
        raise
    except Exception:
        raise refused("a whole picture", f"a damaged or cut off {image.format} file") from None


def check_header(image: Image.Image) -> None:
    """Refuse what is too large to decode, or moves, before anything is decoded."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        found = f"one of {megapixels(width * height)} ({width} × {height})"
        raise refused(f"a picture of at most {megapixels(MOST_PIXELS)}", found)
    if max(width, height) > LONGEST_SIDE:
        raise refused(f"a picture of at most {LONGEST_SIDE} pixels a side", f"{width} × {height}")
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise refused("a picture that stands still", f"an animation of {image.n_frames} pictures")


def check_width(width: int) -> None:
    if width < LEAST_WIDTH:
        raise refused(f"a picture at least {LEAST_WIDTH} pixels wide", f"one of {width}")


def upright(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return `image` as a reader sees it, in this size: RGB or, where something shines through, RGBA. It carries nothing else."""
    is_turned = image.getexif().get(0x0112, 1) >= 5
    image = in_plain_mode(image).resize((height, width) if is_turned else (width, height), Image.Resampling.LANCZOS)
    image = in_srgb(ImageOps.exif_transpose(image))
    if image.mode == "RGBA" and image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    image.info.clear()  # what Pillow would write into the renditions: profile, place, camera
    return image


def in_plain_mode(image: Image.Image) -> Image.Image:
    """Return `image` in a mode that can be scaled and whose colours a profile may speak of."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits of grey; converting alone cuts off what is bright
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "CMYK") else image.convert("RGB")


def in_srgb(image: Image.Image) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile := image.info.get("icc_profile"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a profile that is broken, or of other colours: without it
            return ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(BytesIO(profile)), SRGB, outputMode=mode)
    return image.convert(mode)


def encoded(image: Image.Image, width: int, kind: str, options: dict) -> bytes:
    if width != image.width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def kind_of(data: bytes) -> str:
    if not data:
        return "an empty file"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC:
        return "a HEIC file; export it as JPEG"
    return next((f"{kind} file" for start, kind in OTHER_KINDS.items() if data.startswith(start)), "something else")


def refused(expected: str, found: str) -> ValidationError:
    return ValidationError(f"Expected {expected}, found {found}.")


def megapixels(pixels: int) -> str:
    return f"{pixels / 1_000_000:.3g} megapixels"


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB"
