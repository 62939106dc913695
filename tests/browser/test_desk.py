"""Two people at the desk with a browser each, and what becomes of their words: saved, killed, logged out, both at once."""

import itertools
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.pages import PASSWORD, PEOPLE
from tests.browser.test_axe import ALL, COLOURS, violations
from tests.browser.test_fit import TOO_WIDE

FETCH_NOTHING = {"preload": False}  # axe would copy style sheets into the page, which its policy refuses
# Django's own: an empty head of a column, the box of a list that one searches in, a label that is a picture.
DJANGOS = ["empty-table-header", "aria-input-field-name", "label-title-only"]
OURS = ALL | FETCH_NOTHING | {"rules": ALL["rules"] | {rule: {"enabled": False} for rule in DJANGOS}}
TABLET = {"width": 820, "height": 1180}
OVERVIEW, HELP = "sections-0-body", "sections-1-body"


@pytest.fixture
def sit_down(new_context, log_in):
    """Return a function that logs somebody of the desk in and gives their page, in a browser of their own."""

    def sit_down(who, viewport=DESK, **options):
        context = new_context(viewport=viewport, **options)
        context.add_cookies(log_in(who))
        return context.new_page()

    return sit_down


@pytest.fixture
def anna(sit_down):
    return sit_down("staff")


@pytest.fixture
def ben(sit_down):
    return sit_down("editor")


def start_draft(page, slug):
    """Start a draft of the article, or find the one that is open, and return its address."""
    page.goto(f"/admin/conditions/article/?q={slug}")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("button", name="Start a draft").or_(page.get_by_role("link", name="Open the draft")).first.click()
    page.wait_for_load_state()
    if "/revision/" not in page.url:  # another test was faster, and the article says that its draft is open
        page.get_by_role("link", name="Open the draft").click()
    page.wait_for_url("**/revision/*/change/")
    return page.url


def editor(page, name):
    """Return the rich text editor that stands in the place of the field `name`."""
    return page.locator(f".prose-editor:has(textarea[name='{name}']) .ProseMirror[role=textbox]")


def write(page, name, words):
    """Put `words` before the text of the field `name`."""
    field = editor(page, name)
    field.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(words)


def save(page):
    page.get_by_role("button", name="Save and continue editing").click()


def text_of(page, address, name):
    page.goto(address)
    return editor(page, name).inner_text()


def test_two_people_in_different_sections_both_keep_their_work(anna, ben):
    draft = start_draft(anna, "gout")
    ben.goto(draft)
    write(anna, OVERVIEW, "Anna was here. ")
    write(ben, HELP, "Ben was here. ")
    expect(ben.locator(".desk-line .others")).to_contain_text(PEOPLE["staff"], timeout=12_000)
    save(anna)
    expect(anna.locator(".messagelist")).to_contain_text("successfully")
    save(ben)
    expect(ben.locator(".messagelist")).to_contain_text("successfully")
    for page, name, words in itertools.product([anna, ben], [OVERVIEW, HELP], ["was here."]):
        assert words in text_of(page, draft, name)
    assert "Anna was here." in text_of(ben, draft, OVERVIEW)
    assert "Ben was here." in text_of(anna, draft, HELP)


def test_two_people_in_the_same_section_lose_nothing(anna, ben):
    draft = start_draft(anna, "asthma")
    ben.goto(draft)
    write(anna, OVERVIEW, "Anna was here. ")
    write(ben, OVERVIEW, "Ben was here. ")
    save(anna)
    expect(anna.locator(".messagelist")).to_contain_text("successfully")
    save(ben)
    quarrel = ben.locator(".disagreeing")
    for words in ["Anna was here.", "Ben was here.", "As it was before", PEOPLE["staff"]]:
        expect(quarrel).to_contain_text(words)
    look_well(ben)
    ben.get_by_label("Put both into the form").check()
    ben.get_by_role("button", name="Go on").click()
    both = editor(ben, OVERVIEW)
    expect(both).to_contain_text("Ben was here.")
    expect(both).to_contain_text("Anna was here.")
    save(ben)
    expect(ben.locator(".messagelist")).to_contain_text("successfully")
    now = text_of(anna, draft, OVERVIEW)
    assert "Anna was here." in now
    assert "Ben was here." in now


def test_killing_the_browser_loses_at_most_ten_seconds(sit_down):
    page = sit_down("staff")
    draft = start_draft(page, "stroke")
    write(page, OVERVIEW, "Typed before the crash. ")
    page.wait_for_timeout(10_000)
    page.context.close()  # without a word to the page
    page = sit_down("staff")
    page.goto(draft)
    page.get_by_role("link", name="Continue with it").click()
    expect(editor(page, OVERVIEW)).to_contain_text("Typed before the crash.")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("successfully")
    assert "Typed before the crash." in text_of(page, draft, OVERVIEW)


@pytest.mark.parametrize("slug", ["influenza"])
def test_an_ended_login_keeps_the_text_and_comes_back_to_it(sit_down, slug):
    page = sit_down("staff")
    draft = start_draft(page, slug)
    write(page, OVERVIEW, "Typed before the login ended. ")
    page.context.clear_cookies(name="sessionid")
    save(page)
    page.wait_for_url("**/accounts/login/**")
    page.get_by_text("Log in with a password instead").click()
    form = page.locator("form", has=page.get_by_label("Password"))
    form.get_by_label("E-mail address").fill(PEOPLE["staff"])
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_label("Password").press("Enter")
    page.wait_for_url(draft)
    page.get_by_role("link", name="Continue with it").click()
    expect(editor(page, OVERVIEW)).to_contain_text("Typed before the login ended.")
    save(page)
    assert "Typed before the login ended." in text_of(page, draft, OVERVIEW)


def test_without_javascript_a_draft_is_written_handed_in_sent_back_and_approved(sit_down):
    anna, ben = sit_down("staff", java_script_enabled=False), sit_down("editor", java_script_enabled=False)
    draft = start_draft(anna, "migraine")
    anna.locator("[name='change_sentence']").fill("Clearer words.")
    anna.get_by_role("button", name="Save and submit for review").click()
    ben.goto(draft)
    ben.get_by_role("link", name="Read and approve…").click()
    ben.get_by_label("What is to be changed in the text as a whole").fill("Say where it hurts.")
    ben.get_by_role("button", name="Ask for changes").click()
    anna.goto(draft)
    expect(anna.locator(".comments")).to_contain_text("Say where it hurts.")
    anna.get_by_label("Done (hidden when you save)").check()
    anna.get_by_role("button", name="Save and submit for review").click()
    expect(anna.locator(".comments")).to_have_count(0)
    ben.goto(draft)
    ben.get_by_role("link", name="Read and approve…").click()
    ben.get_by_role("button", name="Approve it as it is").click()
    expect(ben.locator(".standing")).to_contain_text(f"Approved by {PEOPLE['editor']}")


# --- The look of the desk ---------------------------------------------------------------------------------------------------


def look_well(page):
    """Hold the page against axe, in light and dark, and see that it fits a tablet and a desk."""
    faults = []
    page.evaluate(AXE_SCRIPT)
    faults += violations(page, OURS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)  # the admin lets colours change slowly
    faults += [f"in the dark, {fault}" for fault in violations(page, COLOURS | FETCH_NOTHING)]
    page.emulate_media(color_scheme="light")
    for viewport in [TABLET, DESK]:
        page.set_viewport_size(viewport)
        faults += [f"{viewport['width']} pixels wide: {fault}" for fault in page.evaluate(TOO_WIDE)]
    assert not faults, "\n".join(faults)


DESK_PAGES = {
    "dashboard": lambda _: "/admin/",
    "articles": lambda _: "/admin/conditions/article/",
    "load": lambda _: "/admin/conditions/article/load/",
    "revisions": lambda _: "/admin/conditions/revision/",
    "mistakes": lambda _: "/admin/conditions/mistakereport/",
    "audit": lambda _: "/admin/conditions/auditentry/",
    "reviewers": lambda _: "/admin/conditions/reviewer/add/",
    "article": lambda _: "/admin/conditions/article/1/change/",
    "record a review": lambda _: "/admin/conditions/article/1/record-review/",
    "draft": lambda draft: draft,
    **{
        name: lambda draft, name=name: draft.replace("/change/", f"/{name}/")
        for name in ["review", "publish", "compare", "preview", "links", "history"]
    },
}


@pytest.mark.parametrize("name", DESK_PAGES)
def test_a_page_of_the_desk_fits_and_breaks_no_rule_of_axe(sit_down, name):
    page = sit_down("staff")
    draft = start_draft(page, "pneumonia")
    page.goto(DESK_PAGES[name](re.sub(r"https?://[^/]+", "", draft)))
    look_well(page)
