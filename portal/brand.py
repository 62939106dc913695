"""The publisher's face, drawn from SITE_NAME, SITE_MARK and ACCENT_COLOUR into static files: mark, icons, link preview, theme."""

import hashlib
import os
import re
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from PIL import Image, ImageDraw, ImageFont
from resvg_py import svg_to_bytes

ICON_SIZES = [180, 192, 512]  # pixels: a phone's home screen, then what web manifests ask for
PREVIEW_SIZE = (1200, 630)  # pixels, the shape that link previews are cut to (https://ogp.me, 1.91 to 1)
PAPER, INK = "#fdfcfa", "#1c2a30"  # those of css/tokens.css in the light
TYPEFACE = settings.BASE_DIR / "portal" / "static" / "fonts" / "atkinson-hyperlegible-next.woff2"


def folder() -> Path:
    """Return the folder of the drawn files, named by what they are drawn from, and draw them where it is not there yet."""
    mark = Path(settings.SITE_MARK).read_bytes()
    drawn_from = [settings.SITE_NAME.encode(), settings.ACCENT_COLOUR.encode(), mark, Path(__file__).read_bytes()]
    place = settings.BRAND_DIR / hashlib.sha256(b"\0".join(drawn_from)).hexdigest()[:16]
    if not place.exists():
        draw(place, mark.decode(errors="replace"))
    return place


def draw(place: Path, mark: str) -> None:
    """Draw every file, then give the folder its name: a start that is interrupted leaves none half done."""
    files = {
        "theme.css": f"@layer tokens {{ :root {{ --brand: {settings.ACCENT_COLOUR}; }} }}\n".encode(),
        "mark.svg": coloured(mark).encode(),
        "preview.png": preview(mark),
        **{f"icon-{size}.png": rendered(mark, size) for size in ICON_SIZES},
    }
    settings.BRAND_DIR.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(dir=settings.BRAND_DIR))
    unfinished.chmod(0o755)  # a front server may read it too
    for name, content in files.items():
        unfinished.joinpath(name).write_bytes(content)
    try:
        os.rename(unfinished, place)
    except OSError:  # another process was first
        shutil.rmtree(unfinished)


def coloured(mark: str) -> str:
    """Return the mark with the accent for its `currentColor`, unless it has a colour: a picture file gets one from nobody else."""
    return re.sub(r"<svg\b(?![^>]*\bcolor=)", f'<svg color="{settings.ACCENT_COLOUR}"', mark, count=1)


def rendered(mark: str, size: int) -> bytes:
    """Return the mark as a PNG of `size` pixels a side. Raises ImproperlyConfigured where SITE_MARK is no picture."""
    try:
        return bytes(svg_to_bytes(svg_string=coloured(mark), width=size, height=size, skip_system_fonts=True))
    except ValueError as error:
        found = f"SITE_MARK is “{settings.SITE_MARK}”, which cannot be drawn ({error})"
        raise ImproperlyConfigured(f"{found}; it must be an SVG file.") from None


def preview(mark: str) -> bytes:
    """Return the PNG that other sites show for a link to this one: the mark, the name, a line in the accent."""
    width, height = PREVIEW_SIZE
    image = Image.new("RGB", PREVIEW_SIZE, PAPER)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, height - 24, width, height), fill=settings.ACCENT_COLOUR)
    logo = Image.open(BytesIO(rendered(mark, 220)))
    image.paste(logo, (90, 175), logo.convert("RGBA"))
    left = 90 + 220 + 60
    canvas.text((left, 285), settings.SITE_NAME, font=fitting(canvas, settings.SITE_NAME, width - left - 60), fill=INK, anchor="lm")
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def fitting(canvas: ImageDraw.ImageDraw, text: str, width: int) -> ImageFont.FreeTypeFont:
    """Return the bold typeface at the largest size, in pixels, at which `text` is no wider than `width`; 28 at least."""
    for size in range(120, 27, -4):
        font = ImageFont.truetype(TYPEFACE, size)
        font.set_variation_by_axes([700])
        if canvas.textlength(text, font=font) <= width:
            break
    return font


class BrandFinder(BaseFinder):
    """Gives the drawn files to Django's staticfiles as `brand/…`, so that they are hashed, compressed and kept like the others."""

    def find(self, path, find_all=False, **kwargs):
        name = path.removeprefix("brand/")
        found = folder() / name
        is_ours = name != path and "/" not in name and found.is_file()
        if find_all:
            return [str(found)] if is_ours else []
        return str(found) if is_ours else None

    def list(self, ignore_patterns):
        storage = FileSystemStorage(location=folder())
        storage.prefix = "brand"
        for name in sorted(storage.listdir("")[1]):
            yield name, storage
