"""Pictures: what is refused and why, what is made of the rest, and how it is given to readers."""

import hashlib
from contextlib import suppress
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image, ImageCms, PngImagePlugin

from conditions.models import Picture
from conditions.pictures import check_picture, find_picture, store_picture
from tests import factories

RED = (200, 30, 30)


def encoded(image, kind="JPEG", **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def plain(width=500, height=300, mode="RGB", colour="red"):
    return Image.new(mode, (width, height), colour)


def store(data):
    return store_picture(ContentFile(data))


def refusal(data):
    with pytest.raises(ValidationError) as caught:
        store(data)
    return " ".join(caught.value.messages)


def files(picture):
    return sorted(default_storage.listdir(f"pictures/{picture.digest}")[1])


def opened(path):
    with default_storage.open(path) as file:
        return Image.open(BytesIO(file.read()))


# --- What is made -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "widths", "fallback"),
    [(320, [320], 320), (400, [400], 400), (1000, [400, 800, 1000], 800), (3000, [400, 800, 1600], 800)],
)
def test_each_size_is_made_in_both_modern_formats_with_one_fallback(width, widths, fallback):
    picture = store(encoded(plain(width, 600)))
    assert files(picture) == sorted([f"{width}.{kind}" for width in widths for kind in ("avif", "webp")] + [f"{fallback}.jpg"])
    assert (picture.format, picture.width) == ("jpeg", widths[-1])
    assert opened(picture.fallback).size == (fallback, round(600 * fallback / width))


def test_the_files_stand_under_the_digest_of_what_was_uploaded():
    data = encoded(plain())
    assert store(data).path("500.avif") == f"pictures/{hashlib.sha256(data).hexdigest()}/500.avif"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_each_raster_format_is_read_by_its_content(kind):
    assert store(encoded(plain(), kind)).format == "jpeg"


def test_the_first_of_a_phones_two_pictures_is_taken():
    data = encoded(plain(), "MPO", save_all=True, append_images=[plain(colour="blue")])
    red, _, blue = opened(store(data).fallback).getpixel((9, 9))
    assert red > blue


@pytest.mark.parametrize(("alpha", "format"), [(255, "jpeg"), (90, "png")])
def test_the_fallback_is_a_png_only_where_something_shines_through(alpha, format):
    picture = store(encoded(plain(mode="RGBA", colour=(*RED, alpha)), "PNG"))
    assert picture.format == format
    assert opened(picture.fallback).mode == ("RGBA" if format == "png" else "RGB")


@pytest.mark.parametrize(
    ("mode", "kind", "colour"),
    [("CMYK", "JPEG", (0, 255, 255, 0)), ("P", "PNG", "red"), ("L", "JPEG", 128), ("1", "PNG", 1), ("LA", "PNG", (128, 255))],
)
def test_every_mode_of_colour_becomes_rgb(mode, kind, colour):
    picture = store(encoded(plain(mode=mode, colour=colour), kind))
    assert opened(picture.path("500.avif")).mode == "RGB"


def test_sixteen_bits_of_grey_keep_their_brightness():
    picture = store(encoded(Image.new("I;16", (400, 300), 32768), "PNG"))
    assert opened(picture.fallback).getpixel((9, 9)) == pytest.approx((128, 128, 128), abs=2)


def test_a_picture_taken_upright_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn it to the right
    picture = store(encoded(plain(700, 400), exif=exif))
    assert (picture.width, picture.height) == (400, 700)
    assert opened(picture.fallback).size == (400, 700)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_that_a_file_says_of_itself_is_left(kind):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[0x001D] = "SecretPlace"  # GPS
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SecretNote")
    options = {"PNG": {"pnginfo": notes}, "JPEG": {"comment": "SecretNote"}}.get(kind, {"xmp": b"<x>SecretNote</x>"})
    data = encoded(plain(), kind, exif=exif, icc_profile=profile, **options)
    assert data.count(b"Secret") == 3
    picture = store(data)
    for name in files(picture):
        with default_storage.open(picture.path(name)) as file:
            written = file.read()
        assert not any(mark in written for mark in (b"Secret", b"Exif", b"acsp", b"xmp")), name


def test_colours_are_those_of_the_profile_in_srgb():
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # of no use to RGB: left out
    picture = store(encoded(plain(colour=RED), "PNG", icc_profile=swapped))
    assert opened(picture.fallback).getpixel((9, 9)) == pytest.approx(RED, abs=6)


def test_storing_the_same_picture_again_writes_nothing(monkeypatch):
    data = encoded(plain())
    first = store(data)
    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.save", lambda *_: pytest.fail("written again"))
    assert store(data) == first


@pytest.mark.parametrize("lost", ["500.avif", "400.webp", "500.jpg"])
def test_a_set_that_was_half_written_is_completed(lost):
    data = encoded(plain())
    picture = store(data)
    default_storage.delete(picture.path(lost))
    assert find_picture(picture.digest) is None
    assert store(data) == picture == find_picture(picture.digest)


def test_a_last_file_that_was_cut_off_is_written_anew():
    data = encoded(plain())
    picture = store(data)
    with default_storage.open(picture.fallback) as file:
        whole = file.read()
    default_storage.delete(picture.fallback)
    default_storage.save(picture.fallback, ContentFile(whole[:400]))
    assert find_picture(picture.digest) is None
    store(data)
    assert opened(picture.fallback).load()


def test_checking_stores_nothing(tmp_path):
    data = encoded(plain())
    assert check_picture(ContentFile(data)).width == 500
    assert not (tmp_path / "media").exists()
    assert check_picture(ContentFile(data)) == store(data)


# --- What is refused --------------------------------------------------------------------------------------------------------

STILL, MOVING = plain(400), {"save_all": True, "append_images": [plain(400, colour="blue")]}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"Hello", "something else"),
        (encoded(plain(), "GIF"), "a GIF file"),
        (encoded(plain(), "TIFF"), "a TIFF file"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\0\0\0\x18ftypheic", "a HEIC file; export it as JPEG"),
        (encoded(plain(319)), "one of 319"),
        (encoded(Image.new("1", (400, 16_001)), "PNG"), "found 400 × 16001"),
        (encoded(Image.new("1", (8000, 5200)), "PNG"), "one of 41.6 megapixels (8000 × 5200)"),
        (encoded(Image.new("1", (20_000, 10_000)), "PNG"), "at most 40 megapixels, found a far larger one"),
        (encoded(STILL, "PNG", **MOVING), "an animation of 2 pictures"),
        (encoded(STILL, "WEBP", **MOVING), "an animation of 2 pictures"),
        (encoded(STILL, "AVIF", **MOVING), "an animation of 2 pictures"),
        (encoded(Image.effect_noise((400, 300), 50))[:9000], "a damaged or cut off JPEG file"),
        (encoded(Image.effect_noise((400, 300), 50), "PNG")[:9000], "a damaged or cut off PNG file"),
        (b"x" * 10_000_001, "at most 10 MB, found one of 10 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_names_what_was_expected_and_what_was_found(data, found):
    said = refusal(data)
    assert said.startswith("Expected ")
    assert found in said


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", lambda _: pytest.fail("decoded"))
    assert "megapixels" in refusal(encoded(Image.new("1", (8000, 5200)), "PNG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_whatever_is_broken_is_refused_and_no_traceback(kind):
    whole = encoded(Image.effect_noise((400, 300), 50), kind)
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        with suppress(ValidationError):  # one byte may well change nothing that matters
            store(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])


# --- Drawings ---------------------------------------------------------------------------------------------------------------


def drawing(inside="", attributes='viewBox="0 0 640 360"', before=""):
    xlink = "http://www.w3.org/1999/xlink"
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{xlink}" {attributes}>{inside}</svg>'.encode()


def test_a_drawing_is_stored_as_it_is():
    data = drawing("<title>A bone</title><rect width='3' height='4'/>")
    picture = store(data)
    assert (picture.format, picture.width, picture.height, files(picture)) == ("svg", 640, 360, ["drawing.svg"])
    with default_storage.open(picture.fallback) as file:
        assert file.read() == data


@pytest.mark.parametrize(
    "inside",
    [
        '<g id="a" transform="rotate(45) translate(1,2)" fill="#0b5e63"><path d="M0 0z" stroke="rgb(1,2,3)"/></g><use href="#a"/>',
        '<defs><linearGradient id="b"><stop offset="0" stop-color="red"/></linearGradient></defs><rect fill="url(#b)"/>',
        "<style>@media (prefers-color-scheme: dark) { path { fill: url('#b') } }</style><!-- a note -->",
        '<text x="1" aria-label="The bone (left)"><tspan>Bone</tspan></text><use xlink:href="#b"/>',
        '<clipPath id="c"><circle r="4"/></clipPath><g clip-path="url(#c)" style="fill: var(--x); opacity: .5"/>',
    ],
)
def test_plain_shapes_styles_and_text_are_let_in(inside):
    assert store(drawing(inside)).format == "svg"


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ("<script>x()</script>", "<script>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<image href="https://elsewhere.example/x.png"/>', "<image>"),
        ('<a href="#b"/>', "<a>"),
        ('<animate attributeName="x"/>', "<animate>"),
        ('<g><set attributeName="href"/></g>', "<set>"),
        ('<p xmlns="http://www.w3.org/1999/xhtml"/>', "<p>"),
        ('<style xmlns="http://www.w3.org/1999/xhtml"/>', "<style>"),
        ('<rect onclick="x()"/>', "onclick of <rect>"),
        ('<use href="https://elsewhere.example/x.svg#a"/>', "href=“https://"),
        ('<use xlink:href="javascript:x()"/>', "xlink:href=“javascript:"),
        ('<use href=" #a"/>', "href="),
        ('<rect fill="url(https://elsewhere.example/)"/>', "url() of another file in fill="),
        ("<rect fill='url( \"//elsewhere.example/\")'/>", "url() of another file"),
        ('<rect style="fill: URL(data:x)"/>', "url() of another file in style="),
        ("<style>@import 'https://elsewhere.example/x.css';</style>", "@import in <style>"),
        ("<style>@font-face { font-family: x }</style>", "@font-face in <style>"),
        ("<style>rect { fill: u\\72l(//elsewhere.example) }</style>", "a backslash in <style>"),
        ("<style>svg { background: image-set('//elsewhere.example/x' 1x) }</style>", "image-set() in <style>"),
        ("<style>re<![CDATA[ct { fill: url(//x) }]]></style>", "url() of another file in <style>"),
        ('<rect xml:base="https://elsewhere.example/"/>', "the attribute base"),
        ('<g id="a"><use href="#b"/></g><g id="b"/><use href="#a"/><use href="#a"/>', "in which another <use> stands"),
    ],
)
def test_what_is_not_on_the_list_is_refused_and_named(inside, named):
    assert named in refusal(drawing(inside))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (drawing(before='<!DOCTYPE svg [<!ENTITY a "b">]>'), "<!DOCTYPE>"),
        (drawing(before="<!DOCTYPE svg>").decode().encode("utf-16"), "something else"),
        (drawing(before='<?xml-stylesheet href="x.css"?>'), "processing instruction"),
        (drawing(before='<?xml version="1.0" encoding="utf-7"?>'), "the encoding “utf-7”"),
        (drawing("<g>"), "not well-formed in line 1"),
        (drawing("&nbsp;"), "not well-formed"),
        (drawing("\xe9").decode().encode("latin-1"), "not UTF-8"),
        (drawing(attributes='width="3" height="4"'), "viewBox of four numbers, found none"),
        (drawing(attributes='viewBox="0 0 1 x"'), "found “0 0 1 x”"),
        (drawing('<g id="ab"><use href="#c"/></g><use href="#%61b"/>'), "which is not a part of the drawing itself"),
        (drawing('<rect id="a"/>' + '<use href="#a"/>' * 201), "201 <use> elements, more than 200"),
        (drawing('<marker id="a"><path d="M0 0 1 1" marker-mid="url(#b)"/></marker>'), "a reference by url() inside a <marker>"),
        (drawing('<mask id="a"><rect mask="url(#b)"/></mask>'), "a reference by url() inside a <mask>"),
        (drawing(attributes='viewBox="0 0 0 5"'), "found 0 × 5"),
        (drawing(attributes=f'viewBox="0 0 {"9" * 400} 5"'), "found 999999999999 × 5"),
        (drawing("<style>rect { fill: url(\N{NO-BREAK SPACE}#http://example.org) }</style>"), "url() of another file"),
        (b"<svg viewBox='0 0 1 1'/>", "in its own namespace"),
        (b"<html></html>", "<html>"),
        (drawing("<g/>" * 80_000), "at most 300 KB, found one of 320 KB"),
    ],
)
def test_a_file_that_is_no_plain_drawing_is_refused(data, named):
    assert named in refusal(data)


def test_a_declared_utf_8_and_a_byte_order_mark_are_let_in():
    assert store(b"\xef\xbb\xbf" + drawing(before='<?xml version="1.0" encoding="UTF-8"?>')).format == "svg"


# --- What templates and readers get -----------------------------------------------------------------------------------------


@pytest.fixture
def row(article):
    """A picture of 1000 pixels in the published article's overview."""
    return factories.picture(article.revisions.get(), encoded(plain(1000, 500)))


def test_the_sources_of_a_picture_are_sets_of_sizes_with_avif_first(row):
    folder = f"/media/pictures/{row.digest}"
    assert [source["type"] for source in row.sources] == ["image/avif", "image/webp"]
    assert row.sources[0]["srcset"] == f"{folder}/400.avif 400w, {folder}/800.avif 800w, {folder}/1000.avif 1000w"
    assert row.fallback_url == f"{folder}/800.jpg"


def test_a_drawing_has_no_sources(article):
    row = factories.picture(article.revisions.get(), drawing())
    assert (row.sources, row.fallback_url) == ([], f"/media/pictures/{row.digest}/drawing.svg")


@pytest.mark.parametrize(("name", "kind"), [("800.avif", "avif"), ("400.webp", "webp"), ("800.jpg", "jpeg")])
def test_a_file_is_given_with_its_type_and_may_be_kept_for_ever(client, row, name, kind):
    response = client.get(f"/media/pictures/{row.digest}/{name}")
    assert (response.status_code, response["Content-Type"]) == (200, f"image/{kind}")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies


def test_every_address_in_a_template_is_answered(client, row):
    addresses = [part.split()[0] for source in row.sources for part in source["srcset"].split(", ")]
    assert [client.get(address).status_code for address in [*addresses, row.fallback_url]] == [200] * 7


def test_a_file_is_the_same_for_members_and_asks_no_database(member_client, row, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = member_client.get(row.fallback_url)
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.get("Vary", "")


def test_a_file_that_was_kept_is_not_sent_again(client, row):
    etag = client.get(row.fallback_url)["ETag"]
    response = client.get(row.fallback_url, headers={"if-none-match": etag})
    assert (response.status_code, response["Cache-Control"]) == (304, "public, max-age=31536000, immutable")


def test_a_drawing_opened_by_itself_may_do_nothing(client, article):
    response = client.get(factories.picture(article.revisions.get(), drawing()).fallback_url)
    policy = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    assert policy == {"default-src 'none'", "style-src 'unsafe-inline'", "sandbox"}
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["900.avif", "800.gif", "../../secret.jpg", "drawing.svg", "%2e%2e/%2e%2e/plainwell.sqlite3", ""])
def test_what_is_not_there_is_not_found_and_not_kept(client, row, name):
    response = client.get(f"/media/pictures/{row.digest}/{name}")
    assert (response.status_code, response["Cache-Control"]) == (404, "private, no-store")


def test_a_file_is_only_read(client, row):
    response = client.post(row.fallback_url)
    assert (response.status_code, response["Cache-Control"]) == (405, "private, no-store")


def test_the_address_is_the_one_that_storage_gives(row):
    assert reverse("conditions:picture", args=[row.digest, "800.jpg"]) == row.fallback_url


def test_a_picture_is_called_by_its_section_and_not_by_its_words(row):
    assert str(row) == "Overview"
    assert Picture.objects.get() == row
