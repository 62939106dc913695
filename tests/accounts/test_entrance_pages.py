"""Every account page: its headings, fields and words; and the mails."""

import re

import pytest
from django.template import Context, Origin, Template
from django.urls import reverse

from tests.accounts.conftest import NEW, SECTION

ENTRANCES = ["account_signup", "account_login", "account_request_login_code", "account_reset_password"]
MEMBERS = ["account_email", "account_change_password", "account_set_password", "account_logout", "account_reauthenticate"]


@pytest.fixture
def pages(client, reader, member, second_device):
    """The text of every page that a visitor, a reader with a code on the way and a member can meet, by a name for each."""
    met = {name: client.get(reverse(name)).text for name in [*ENTRANCES, "account_inactive"]}
    met["start"] = client.post("/accounts/start/", {"email": "nonsense"}).text
    for name in ENTRANCES:
        met[f"{name}, empty"] = client.post(reverse(name), {}).text
    reader.sign_up()
    met["code"] = reader.client.get(reverse("account_confirm_login_code")).text
    met["wrong code"] = reader.type_wrong_code().text
    reader.type_code()
    met["set password"] = reader.client.get(reverse("account_set_password")).text
    reader.client.post(reverse("account_email"), {"email": "moved@example.org", "action_add": "yes"})
    met["address code"] = reader.client.get(reverse("account_email_verification_sent")).text
    second_device.client.post(reverse("account_reset_password"), {"email": member.email})
    met["password code"] = second_device.client.get(reverse("account_confirm_password_reset_code")).text
    second_device.client.post(reverse("account_confirm_password_reset_code"), {"code": second_device.code()})
    met["new password"] = second_device.client.get(reverse("account_complete_password_reset")).text
    met["new password, done"] = second_device.client.get(reverse("account_password_reset_completed")).text
    client.force_login(member)
    met["me"] = client.get("/me/").text
    for name in MEMBERS:
        met[name] = client.get(reverse(name), follow=True).text
    met["is it you"] = client.get("/accounts/reauthenticate/code/").text
    client.post("/accounts/reauthenticate/code/", {"action": "send"})
    met["is it you, code"] = client.get("/accounts/reauthenticate/code/").text
    return met


def each(pages, holds):
    """Return the names of the pages of which `holds` does not hold."""
    return [name for name, page in pages.items() if not holds(page)]


def main(page):
    return re.search(r"<main.*</main>", page, re.DOTALL)[0]


def controls(page):
    return [tag for tag in re.findall(r"<input[^>]*>", main(page)) if 'type="hidden"' not in tag and " hidden" not in tag]


def test_every_page_has_one_heading_of_the_first_order(pages):
    assert len(pages) == 25
    assert not each(pages, lambda page: len(re.findall(r"<h1>\s*\w", page)) == 1)


def test_every_page_has_a_title_of_its_own_and_the_sites_name(pages):
    assert not each(pages, lambda page: re.search(r"<title>\w[^<]+ – Plainwell</title>", page))


def test_no_page_holds_scripts_or_styles(pages):
    # The search field's comes as a file, as on every page.
    suggest = '<script src="/static/js/suggest.js" type="module"></script>'
    assert not each(pages, lambda page: not re.search(r"<script|<style| style=| on\w+=|javascript:", page.replace(suggest, "")))


def test_no_page_is_for_search_engines(pages):
    assert not each(pages, lambda page: '<meta name="robots" content="noindex">' in page)


def test_every_field_has_a_label(pages):
    def labelled(page):
        ids = [re.search(r' id="(\w+)"', tag)[1] for tag in controls(page)]
        return len(set(ids)) == len(ids) and all(f'<label for="{id}">' in page for id in ids)

    assert not each(pages, labelled)


def test_every_field_says_what_may_fill_it(pages):
    assert not each(pages, lambda page: all("autocomplete=" in tag and "placeholder" not in tag for tag in controls(page)))


def test_what_describes_a_field_is_there(pages):
    def there(page):
        named = " ".join(re.findall(r'aria-describedby="([^"]*)"', page)).split()
        return all(f'id="{name}"' in page for name in named)

    assert not each(pages, there)


@pytest.mark.parametrize("name", [*(f"{name}, empty" for name in ENTRANCES), "wrong code", "start"])
def test_mistake_is_told_at_the_top_and_beside_its_field(pages, name):
    page = pages[name]
    target = re.search(r'<div class="error-summary" role="alert" tabindex="-1" autofocus>.*?<a href="#(\w+)">', page, re.DOTALL)[1]
    assert re.search(rf'<p class="error" id="{target}_error">\s*\S', page)
    field = next(tag for tag in controls(page) if f'id="{target}"' in tag)
    assert 'aria-invalid="true"' in field
    assert f'{target}_error"' in field
    assert "<title>Look again: " in page


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("account_signup", ['type="email"', 'autocomplete="email"', "required"]),
        ("account_request_login_code", ['type="email"', 'autocomplete="email"']),
        ("code", ['autocomplete="one-time-code"', 'inputmode="text"', 'autocapitalize="characters"', "aria-describedby"]),
        ("account_change_password", ['type="password"', 'autocomplete="current-password"']),
        ("set password", ['type="password"', 'autocomplete="new-password"']),
        ("new password", ['type="password"', 'autocomplete="new-password"']),
    ],
)
def test_first_field_is_easy_to_fill(pages, name, attributes):
    first = controls(pages[name])[0]
    assert all(attribute in first for attribute in attributes)


def test_sign_up_asks_for_an_address_and_nothing_else(pages):
    assert len(controls(pages["account_signup"])) == 1


def test_login_offers_a_code_first_and_the_password_folded_away(pages):
    page = main(pages["account_login"])
    assert page.index('action="/accounts/login/code/"') < page.index("<details ") < page.index('action="/accounts/login/"')


def test_wrong_password_opens_its_part_of_the_page(client, member):
    page = client.post(reverse("account_login"), {"login": member.email, "password": "no"}).text
    assert '<details class="other-way" open>' in page
    assert "do not belong together" in page


@pytest.mark.parametrize("way", [str.lower, lambda code: code.replace("-", " "), lambda code: f" {code.replace('-', '–')}\u00a0\n"])
def test_code_may_be_pasted_with_whatever_comes_along(reader, way):
    reader.sign_up()
    reader.type_code(way(reader.code()))
    assert reader.is_logged_in


def test_wrong_code_says_how_often_it_can_be_tried(reader):
    reader.sign_up()
    assert "can be tried 2 more times" in reader.type_wrong_code().text
    assert "can be tried 1 more time" in reader.type_wrong_code().text


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/confirm-email/", "/accounts/password/reset/confirm/"])
def test_path_that_leads_nowhere_leads_to_the_entrance(client, db, path):
    assert client.get(path, follow=True).status_code == 200


def test_pages_of_allauth_that_are_not_ours_get_the_same_fields():
    field = """{% element field id="name" type="text" name="name" errors=errors autocomplete="off" %}
      {% slot label %}Name{% endslot %}{% slot help_text %}Any.{% endslot %}
    {% endelement %}{% element button type="submit" %}Go{% endelement %}"""
    source = "{% load allauth %}{% element form method='post' %}{% slot body %}" + field + "{% endslot %}{% endelement %}"
    page = Template(source, Origin("page.html", "page.html")).render(Context({"errors": ["Too long."]}))
    for part in ['<label for="name">Name</label>', 'id="name_helptext">Any.<', 'id="name_error">Too long.<', "<button", ">Go<"]:
        assert part in page
    assert re.search(r'<input type="text"[^>]*aria-invalid="true"\s+aria-describedby="name_helptext name_error"', page)


# --- Mails ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mails(reader, member):
    """One mail of every kind."""
    reader.opens_login()
    reader.ask_for_code()
    reader.sign_up()
    reader.type_code()
    reader.client.post(reverse("account_email"), {"email": "moved@example.org", "action_add": "yes"})
    reader.client.post(reverse("account_email_verification_sent"), {"code": reader.code()})
    reader.client.post(reverse("account_set_password"), {"password1": "staple horse", "password2": "staple horse"})
    reader.client.post("/accounts/reauthenticate/code/", {"action": "send"})
    reader.client.post(reverse("account_logout"))
    reader.client.post(reverse("account_reset_password"), {"email": member.email})
    reader.client.post(reverse("account_confirm_password_reset_code"), {"code": reader.code()})
    reader.client.post(reverse("account_complete_password_reset"), {"password1": "staple horse", "password2": "staple horse"})
    return reader.mailbox


def test_no_mail_says_what_was_read(mails):
    assert len(mails) == 8
    assert not [mail for mail in mails if "conditions" in mail.subject + mail.body or "treatment" in mail.body]


def test_every_mail_is_plain_text_and_says_what_to_do_if_it_was_not_asked_for(mails):
    for mail in mails:
        assert not mail.alternatives
        assert "Plainwell" in mail.subject
        assert re.search(r"You did not|If it was not you|If not, |You are not", mail.body)
        assert not re.search(r"&#|&amp;|\{|\}", mail.body)


def test_mail_with_a_code_says_it_in_the_subject_and_on_a_line_of_its_own(mails):
    with_code = [mail for mail in mails if re.search(r"^ {4}[A-Z]{4}-[A-Z]{4}$", mail.body, re.MULTILINE)]
    assert len(with_code) == 4
    for mail in with_code:
        assert re.match(r"[A-Z]{4}-[A-Z]{4} is your code for Plainwell$", mail.subject)
        assert "15 minutes" in mail.body


def test_mail_names_the_publishers_site(reader, settings):
    settings.SITE_NAME, settings.CONTACT_EMAIL = "Healthy & Well", "desk@example.org"
    reader.sign_up(NEW, way_back=SECTION)
    assert reader.mailbox[-1].subject.endswith("for Healthy & Well")
    assert "Healthy & Well" in reader.mailbox[-1].body
