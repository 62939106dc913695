"""The publisher's face: what is drawn from SITE_NAME, SITE_MARK and ACCENT_COLOUR, and where it is met."""

import json
from io import BytesIO

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from PIL import Image

from portal import brand

MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="currentColor"/></svg>'


@pytest.fixture
def publisher(settings, tmp_path):
    """A publisher with a mark and a colour of their own; the settings, to change more of them."""
    tmp_path.joinpath("own.svg").write_text(MARK)
    settings.SITE_NAME, settings.SITE_MARK, settings.ACCENT_COLOUR = "Our Clinic", str(tmp_path / "own.svg"), "#7a1fa2"
    settings.BRAND_DIR = tmp_path / "brand"
    return settings


def pixel(content, place):
    return Image.open(BytesIO(content)).convert("RGB").getpixel(place)


def test_the_mark_is_drawn_in_the_accent(publisher):
    assert '<svg color="#7a1fa2" ' in brand.folder().joinpath("mark.svg").read_text()
    assert pixel(brand.folder().joinpath("icon-180.png").read_bytes(), (90, 90)) == (0x7A, 0x1F, 0xA2)


@pytest.mark.parametrize("start", ['<?xml version="1.0"?><!-- <b> -->\n<svg\n  ', '<svg color="#7a1fa2" '])
def test_a_mark_may_begin_as_drawing_programs_write_it(publisher, tmp_path, start):
    tmp_path.joinpath("own.svg").write_text(MARK.replace("<svg ", start))
    assert pixel(brand.folder().joinpath("icon-180.png").read_bytes(), (90, 90)) == (0x7A, 0x1F, 0xA2)


@pytest.mark.parametrize("size", brand.ICON_SIZES)
def test_icons_have_the_size_in_their_name(publisher, size):
    assert Image.open(brand.folder() / f"icon-{size}.png").size == (size, size)


def test_the_link_preview_has_the_shape_that_others_cut_to_and_the_accent_below(publisher):
    content = brand.folder().joinpath("preview.png").read_bytes()
    assert Image.open(BytesIO(content)).size == (1200, 630)
    assert pixel(content, (600, 625)) == (0x7A, 0x1F, 0xA2)


def test_the_link_preview_shows_the_name(publisher):
    one = brand.folder().joinpath("preview.png").read_bytes()
    publisher.SITE_NAME = "Another Name"
    assert brand.folder().joinpath("preview.png").read_bytes() != one


def test_a_long_name_is_drawn_smaller_and_stays_inside(publisher):
    publisher.SITE_NAME = "The Health Information Service of Two Counties"
    preview = Image.open(brand.folder() / "preview.png").convert("L")
    right_edge = preview.crop((1170, 200, 1200, 400))
    assert right_edge.getextrema()[0] > 240


def test_the_theme_names_the_accent(publisher):
    assert "--brand: #7a1fa2;" in brand.folder().joinpath("theme.css").read_text()


def test_nothing_is_drawn_twice(publisher):
    first = brand.folder()
    before = first.joinpath("mark.svg").stat().st_mtime_ns
    assert brand.folder() == first
    assert first.joinpath("mark.svg").stat().st_mtime_ns == before


def test_a_mark_that_is_no_picture_is_named_in_one_line(publisher, tmp_path):
    tmp_path.joinpath("own.svg").write_text("<svg ")
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_MARK is “.*own\.svg”, which cannot be drawn \(.*\); it must be an SVG"):
        brand.folder()
    assert not publisher.BRAND_DIR.exists()


def test_the_drawn_files_are_static_files(publisher):
    assert finders.find("brand/theme.css") == str(brand.folder() / "theme.css")
    listed = [f"{storage.prefix}/{name}" for name, storage in brand.BrandFinder().list([])]
    assert {"brand/mark.svg", "brand/preview.png", "brand/icon-192.png"} <= set(listed)


@pytest.mark.parametrize("path", ["brand/../../own.svg", "brand/../../settings.py", "brand/nothing.css", "css/tokens.css"])
def test_nothing_else_is_found_among_them(publisher, path):
    assert brand.BrandFinder().find(path) is None


def test_the_manifest_names_the_site_and_its_icons(client, publisher):
    told = json.loads(client.get("/site.webmanifest").content)
    assert (told["name"], told["theme_color"]) == ("Our Clinic", "#7a1fa2")
    assert [icon["sizes"] for icon in told["icons"]] == ["192x192", "512x512", "any"]


def test_a_link_to_an_article_shows_its_title_and_summary_and_the_sites_picture(client, article, settings):
    settings.SITE_URL = "https://clinic.example"
    page = client.get(article.get_absolute_url()).content.decode()
    assert '<meta property="og:title" content="Hardened hand muscle">' in page
    assert '<meta property="og:description" content="Bone forms in a muscle of the hand.">' in page
    assert f'<meta property="og:url" content="https://clinic.example{article.get_absolute_url()}">' in page
    assert '<meta property="og:image" content="https://clinic.example/static/brand/preview.png">' in page
