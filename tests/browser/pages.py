"""Every page that people see, in one table: how it is reached, as whom, and what it answers.

The tests of fit, accessibility and reading without JavaScript walk it. A new template joins it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ARTICLES = sorted(path.stem for path in (Path(__file__).parents[2] / "conditions" / "articles").glob("*.md"))
# One template makes them all: these stand for the rest where every kind of page is walked.
EXAMPLES = [
    "asthma",
    "high-blood-pressure",
    "influenza",
    "paralytic-calcification-of-hand-muscle",
    "stroke",
    "type-2-diabetes",
    "wrist-fracture",
]
PEOPLE = {
    "member": "member@example.org",
    "returning": "returning@example.org",
    "staff": "staff@example.org",  # who may do everything
    "editor": "editor@example.org",
}
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Place:
    address: str
    status: int = 200
    reader: str = "visitor"
    # What is done on the page at the address, given (page, site), to see the one that is meant.
    steps: Callable | None = None

    @property
    def is_for_everybody(self):
        return self.reader == "visitor" and not self.steps and not self.address.startswith("/accounts/")


def reach(place, page, site):
    """Bring `page` to `place`, and see that it answers as the table says."""
    statuses = []

    def note(answer):
        if answer.request.is_navigation_request():
            statuses.append(answer.status)

    page.on("response", note)
    page.goto(place.address)
    if place.steps:
        place.steps(page, site)
    page.wait_for_load_state()
    page.remove_listener("response", note)
    assert statuses[-1] == place.status, f"{page.url} answers {statuses[-1]}"


# --- Steps ------------------------------------------------------------------------------------------------------------------


def new_address():
    return f"reader-{uuid.uuid4().hex[:8]}@example.org"


def press(name):
    return lambda page, _: page.locator("main").get_by_role("button", name=name).first.click()


def ask_for_code(page, site, address=None):
    """Type an address, unless given one that nobody used before, on a page that asks for one, and return it."""
    address = address or new_address()
    page.locator("main").get_by_label("e-mail address").first.fill(address)
    press("Send")(page, site)
    page.wait_for_url("**/confirm*/")
    return address


def type_code(page, code):
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_label("Code", exact=True).press("Enter")


def type_wrong_code(page, site):
    ask_for_code(page, site)
    type_code(page, "WRNG-WRNG")
    page.get_by_role("alert").wait_for()


def sign_up(page, site):
    """Become a member without a password, and stand on one's own page."""
    type_code(page, site.code_for(ask_for_code(page, site)))
    page.wait_for_url("**/me/")


def change_address(page, site):
    sign_up(page, site)
    page.goto("/accounts/email/")
    ask_for_code(page, site)


def set_password(page, site):
    sign_up(page, site)
    page.goto("/accounts/password/set/")


def set_password_with_errors(page, site):
    set_password(page, site)
    press("Set the password")(page, site)
    page.get_by_role("alert").wait_for()


def choose_password(page, site):
    sign_up(page, site)
    page.goto("/accounts/password/reset/")
    type_code(page, site.code_for(ask_for_code(page, site, page.get_by_label("E-mail address").input_value())))
    page.get_by_label("New password").wait_for()


def lose_the_cookie(page, site):
    page.context.clear_cookies()
    press("Send me a code")(page, site)
    page.get_by_role("heading", name="Please send the form once more").wait_for()


def send_to_a_page_for_reading(page, site):
    page.locator("main form").first.evaluate("form => form.setAttribute('action', '/')")
    press("Send me a code")(page, site)
    page.wait_for_url("/")


def break_down(status):
    """Show the page of a site whose database cannot be asked, kept by the script that adds rows: the site itself has one."""

    def show(page, site):
        answer = {"status": status, "content_type": "text/html", "path": site.var / f"{status}.html"}
        page.route("**/broken/", lambda route: route.fulfill(**answer))
        page.goto("/broken/")
        page.unroute("**/broken/")

    return show


def follow_link(name):
    """Open a link for outside reviewers, whose address is kept by the script that adds rows."""
    return lambda page, site: page.goto((site.var / f"{name}-link.txt").read_text())


def come_too_often(page, site):
    token = page.locator("main input[name=csrfmiddlewaretoken]").first.input_value()
    for _ in range(20):  # the limit of sign-ups a minute
        page.request.post("/accounts/signup/", form={"csrfmiddlewaretoken": token})
    press("Send me a code")(page, site)
    page.get_by_role("heading", name="Please wait").wait_for()


# --- The table --------------------------------------------------------------------------------------------------------------

PAGES = {
    "home": Place("/"),
    **{article: Place(f"/conditions/{article}/") for article in ARTICLES},
    "changes": Place("/conditions/wrist-fracture/changes/"),
    "article withdrawn": Place("/conditions/withdrawn-article/", 410),
    "article in Spanish": Place("/es/conditions/osificacion/"),
    "article in Arabic": Place("/ar/conditions/taazzum/"),
    "article with a photograph": Place("/conditions/with-a-picture/"),
    "article whose review is late": Place("/conditions/late-review/"),
    "reviewer": Place("/reviewers/wilhelmina-quarrendon-plum/"),
    "draft": Place("/conditions/a-draft/", 404),
    "draft by a link": Place("/", steps=follow_link("open")),
    "link that has ended": Place("/", 410, steps=follow_link("ended")),
    "A–Z": Place("/conditions/"),
    "a letter": Place("/conditions/b/"),
    "chapters": Place("/icd-10-cm/"),
    "chapter with most children": Place("/icd-10-cm/20/"),
    "block with most notes": Place("/icd-10-cm/V00-V99/"),
    "category with most children": Place("/icd-10-cm/Y93/"),
    "longest title": Place("/icd-10-cm/S06.816D/"),
    "most inclusion terms": Place("/icd-10-cm/K43.6/"),
    "code with an article": Place("/icd-10-cm/M61.249/"),
    "code without an article": Place("/icd-10-cm/Z99.89/"),
    "retired code": Place("/icd-10-cm/A00.9/"),
    "search": Place("/search/?q=broken+wrist"),
    "search for a common word": Place("/search/?q=fracture"),
    "search in a chapter": Place("/search/?q=fracture&chapter=13"),
    "search, a later page": Place("/search/?q=pneumonia&page=2"),
    "search with a slip": Place("/search/?q=neumonia"),
    "search for a code": Place("/search/?q=m61241"),
    "search for a code that there is not": Place("/search/?q=M61.2477"),
    "search as a member": Place("/search/?q=splint", reader="member"),
    "search that finds nothing": Place("/search/?q=xyzzy"),
    "search for nothing": Place("/search/"),
    "report": Place("/report/?page=/conditions/wrist-fracture/"),
    "report with errors": Place("/report/", 422, steps=press("Send")),
    "report sent": Place("/report/sent/"),
    "about": Place("/about/"),
    "terms": Place("/terms/"),
    "disclaimer": Place("/disclaimer/"),
    "contact": Place("/contact/"),
    "privacy": Place("/privacy/"),
    "accessibility": Place("/accessibility/"),
    "sign up": Place("/accounts/signup/?next=/conditions/wrist-fracture/%23treatment"),
    "sign up with errors": Place("/accounts/signup/", steps=press("Send me a code")),
    "log in": Place("/accounts/login/"),
    "log in with errors": Place("/accounts/login/code/", steps=press("Send me a code")),
    "code page": Place("/accounts/signup/", steps=ask_for_code),
    "code page after a wrong code": Place("/accounts/signup/", steps=type_wrong_code),
    "account closed": Place("/accounts/inactive/"),
    "new password": Place("/accounts/password/reset/"),
    "new password, code page": Place("/accounts/password/reset/", steps=ask_for_code),
    "new password, chosen": Place("/accounts/signup/", steps=choose_password),
    "new password, done": Place("/accounts/password/reset/done/"),
    "me": Place("/me/", reader="member"),
    "change address": Place("/accounts/email/", reader="member"),
    "change address, code page": Place("/accounts/signup/", steps=change_address),
    "set password": Place("/accounts/signup/", steps=set_password),
    "set password with errors": Place("/accounts/signup/", steps=set_password_with_errors),
    "change password": Place("/accounts/password/change/", reader="member"),
    "reauthenticate": Place("/accounts/reauthenticate/", reader="member"),
    "reauthenticate by code": Place("/accounts/reauthenticate/code/", reader="member"),
    "log out": Place("/accounts/logout/", reader="member"),
    "style guide": Place("/styleguide/", reader="staff"),
    "400": Place("/search/?" + "&" * 1_000, 400),  # more fields than Django reads
    "403": Place("/admin/", 403, reader="member"),
    "403 for a form without its token": Place("/accounts/signup/", 403, steps=lose_the_cookie),
    "404": Place("/no/such/page/", 404),
    "405": Place("/accounts/signup/", 405, steps=send_to_a_page_for_reading),
    "429": Place("/accounts/signup/", 429, steps=come_too_often),
    "500": Place("/", 500, steps=break_down(500)),
    "503": Place("/", 503, steps=break_down(503)),
}
WALKED = [name for name in PAGES if name not in ARTICLES or name in EXAMPLES]
