"""The door test of the admin: every pattern, and whom it lets in. A pattern that is not in the table fails the build."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from conditions.models import AuditEntry, Change, GlossaryTerm, Item, MistakeReport
from conditions.workflow import start_draft
from tests.conditions.clinicians import clinician
from tests.factories import CANARY
from tests.portal.test_doors import ADMIN, pattern_names

CAST = ["clerk", "reviewer", "author", "editor", "superuser"]  # the staff, by what they may do
NOBODY, BOSS = [], ["superuser"]
DESK, WRITERS, EDITORS = CAST[1:], CAST[2:], CAST[3:]
APPROVERS = ["reviewer", *EDITORS]

# Pattern: who opens it. Visitors and plain members open none of them.
ADMIN_DOORS = {
    "index": CAST,
    "jsi18n": CAST,
    "password_change": CAST,
    "password_change_done": CAST,
    "app_list": DESK,
    "autocomplete": NOBODY,  # without the field that asks; with it, in test_admin_articles.py
    **dict.fromkeys([f"accounts_user_{page}" for page in ("changelist", "change", "history", "delete", "invite")], BOSS),
    "accounts_user_add": NOBODY,  # staff are invited, members sign up
    **dict.fromkeys([f"auth_group_{page}" for page in ("changelist", "add", "change", "history", "delete")], BOSS),
    **dict.fromkeys([f"conditions_article_{page}" for page in ("changelist", "change", "history")], DESK),
    "conditions_article_add": WRITERS,
    "conditions_article_delete": NOBODY,  # what readers have had is kept
    "conditions_article_load": EDITORS,
    "conditions_article_record_review": ["reviewer", *EDITORS],
    **dict.fromkeys([f"conditions_auditentry_{page}" for page in ("changelist", "change", "history")], APPROVERS),
    **dict.fromkeys([f"conditions_auditentry_{page}" for page in ("add", "delete")], NOBODY),
    **dict.fromkeys([f"conditions_change_{page}" for page in ("changelist", "change", "history")], DESK),
    **dict.fromkeys([f"conditions_change_{page}" for page in ("add", "delete")], NOBODY),
    **dict.fromkeys([f"conditions_glossaryterm_{page}" for page in ("changelist", "change", "history")], DESK),
    "conditions_glossaryterm_add": EDITORS,
    "conditions_glossaryterm_delete": NOBODY,  # a word is hidden
    **dict.fromkeys([f"conditions_item_{page}" for page in ("changelist", "change", "history")], DESK),
    **dict.fromkeys([f"conditions_item_{page}" for page in ("add", "delete")], NOBODY),
    **dict.fromkeys([f"conditions_mistakereport_{page}" for page in ("changelist", "change", "history")], EDITORS),
    "conditions_mistakereport_add": NOBODY,
    "conditions_mistakereport_delete": BOSS,
    **dict.fromkeys([f"conditions_reviewer_{page}" for page in ("changelist", "change", "history")], DESK),
    "conditions_reviewer_add": EDITORS,
    "conditions_reviewer_delete": BOSS,
    **dict.fromkeys([f"conditions_revision_{page}" for page in ("changelist", "change", "history", "compare")], DESK),
    **dict.fromkeys([f"conditions_revision_{page}" for page in ("preview", "preview_page")], DESK),
    "conditions_revision_links": WRITERS,
    "conditions_revision_add": NOBODY,  # a revision begins as a draft of its article
    **dict.fromkeys([f"conditions_revision_{page}" for page in ("delete", "publish", "withdraw")], EDITORS),
    "conditions_revision_review": ["reviewer", *EDITORS],
}
# Patterns that open no page: what they do is tested where it is done.
ACTS = {
    "login",
    "logout",
    "conditions_article_start_draft",
    *(f"conditions_revision_{act}" for act in ("autosave", "restore", "unschedule")),
    "<path:object_id>/",
    "(?P<url>.*)$",
}


@pytest.fixture
def address(article, member):
    """Return a function from a pattern's name to an address of it: of the article, its draft, or another row."""
    rows = {
        "article": article,
        "revision": start_draft(article),
        "item": Item.objects.first(),
        "change": Change.objects.first(),
        "glossaryterm": GlossaryTerm.objects.create(term="Tendon", definition="A cord that ties muscle to bone."),
        "mistakereport": MistakeReport.objects.create(text="The hand is a foot."),
        "reviewer": clinician(),
        "auditentry": AuditEntry.objects.first(),
        "user": member,
        "group": Group.objects.first(),
    }

    def address_of(name):
        app, model, page = (*name.split("_"), "", "")[:3]
        on_a_row = app in ("accounts", "auth", "conditions") and page not in ("add", "changelist", "invite", "load")
        return reverse(f"admin:{name}", args=["conditions"] if name == "app_list" else [rows[model].pk] if on_a_row else [])

    return address_of


def test_every_pattern_of_the_admin_is_registered():
    names = {name.removeprefix(ADMIN) for name in pattern_names() if name.startswith(ADMIN)}
    # Each model's old addresses, without "change/", lead to its page.
    assert names == ADMIN_DOORS.keys() | ACTS


@pytest.mark.parametrize("name", ADMIN_DOORS)
def test_visitors_and_members_are_sent_to_login(client, member, address, name):
    assert reverse("admin:login") in client.get(address(name))["Location"]
    client.force_login(member)
    assert reverse("admin:login") in client.get(address(name))["Location"]


@pytest.mark.parametrize("name", ADMIN_DOORS)
def test_each_page_opens_for_those_it_is_for_and_is_never_stored(client, address, request, name):
    opened = []
    for who in CAST:
        client.force_login(request.getfixturevalue(who))
        response = client.get(address(name))
        assert response["Cache-Control"] == "private, no-store"
        if response.status_code == 200:
            opened.append(who)
        else:
            assert response.status_code in (403, 404)
        if who == "clerk":
            assert CANARY not in response.content.decode()
    assert opened == ADMIN_DOORS[name]
