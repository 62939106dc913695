"""The rich text editor under the Content-Security-Policy, and without JavaScript."""

import json
import re

import pytest

from conditions.admin.rich_text import EXTENSIONS, RichTextField
from conditions.text import TAGS, sanitise
from tests import factories
from tests.conditions.desk import desk


@pytest.fixture
def page(client, author, hand):
    client.force_login(author)
    return client.get(desk("revision", "change", factories.draft(hand["M61.24"]).pk))


def policy(response):
    return dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))


def inline(element, text):
    """Return the attributes of every element of that name that brings its own content."""
    return re.findall(rf"<{element}\b(?![^>]*\bsrc=)([^>]*)>", text)


def test_what_stands_inline_carries_the_nonce_of_the_header(page):
    nonce = re.search(r"'nonce-([^']+)'", policy(page)["script-src"])[1]
    elements = inline("script", page.text) + inline("style", page.text)
    assert len([each for each in elements if "importmap" in each]) == 1
    assert [each for each in elements if f'nonce="{nonce}"' not in each] == []


def test_each_answer_has_its_own_nonce(client, page):
    assert policy(client.get(page.request["PATH_INFO"]))["script-src"] != policy(page)["script-src"]


def test_the_import_map_leads_to_our_own_files(page):
    imports = json.loads(re.search(r'type="importmap"[^>]*>(.*?)</script>', page.text, re.DOTALL)[1])["imports"]
    assert imports
    assert all(address.startswith("/static/") for address in imports.values())


def test_the_admin_asks_for_no_more_than_the_nonce_and_its_icons(page):
    assert re.fullmatch(r"'self' 'nonce-[^' ]+'", policy(page)["script-src"])
    assert re.fullmatch(r"'self' 'nonce-[^' ]+'", policy(page)["style-src"])
    assert policy(page)["img-src"] == "'self' data:"
    assert policy(page)["default-src"] == "'none'"


def test_pages_of_the_admin_without_the_editor_have_no_nonce(client, author, hand):
    client.force_login(author)
    assert policy(client.get("/admin/"))["script-src"] == "'self'"


@pytest.mark.parametrize("address", ["/", "/conditions/hardened-hand-muscle/", "/search/"])
def test_readers_pages_keep_the_strict_policy(client, author, article, address):
    client.force_login(author)
    directives = policy(client.get(address))
    assert [directives[name] for name in ("script-src", "style-src", "img-src")] == ["'self'"] * 3


def test_without_javascript_there_is_a_text_area_with_its_label(page):
    for name in ("sections-0-body", "sections-2-gated_body", "care_cards-0-body", "sections-__prefix__-gated_body"):
        assert f'<textarea name="{name}"' in page.text
        assert f'for="id_{name}"' in page.text


def test_the_editor_offers_what_the_allow_list_lets_through():
    offered = {
        "Bold": "<p><strong>x</strong></p>",
        "Italic": "<p><em>x</em></p>",
        "Subscript": "<p><sub>x</sub></p>",
        "Superscript": "<p><sup>x</sup></p>",
        "HardBreak": "<p>x<br>x</p>",
        "Heading": "<h3>x</h3><h4>x</h4>",
        "BulletList": "<ul><li><p>x</p></li></ul>",
        "OrderedList": '<ol start="3"><li><p>x</p></li></ol>',
        "Blockquote": "<blockquote><p>x</p></blockquote>",
        "Link": '<p><a href="https://example.org" rel="noopener">x</a></p>',
        "Table": '<table><tbody><tr><th colspan="2" rowspan="1"><p>x</p></th><td><p>x</p></td></tr></tbody></table>',
    }
    assert set(offered) == EXTENSIONS.keys() - {"ListItem", "TableRow", "TableHeader", "TableCell", "History", "NoSpellCheck"}
    assert [markup for markup in offered.values() if sanitise(markup) != markup] == []
    made = {tag for markup in offered.values() for tag in re.findall(r"<(\w+)", markup)}
    assert made == TAGS - {"thead"}  # the editor writes header cells without a head; files may have one


def test_no_words_hide_in_an_attribute():
    markup = '<p title="hidden" lang="de">x <a href="/" title="hidden">y</a></p>'
    assert sanitise(markup) == '<p>x <a href="/" rel="noopener">y</a></p>'


def test_an_editor_left_empty_is_an_empty_field():
    field = RichTextField(required=False)
    assert field.clean("<p></p>") == ""
    assert not field.has_changed("", "<p></p>")
