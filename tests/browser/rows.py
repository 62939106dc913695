"""What no shipped file brings: people, and articles in every other state. `manage.py shell` of the served site adds it."""

from datetime import date
from io import BytesIO

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import RequestFactory
from PIL import Image

from accounts.models import User
from conditions.models import Item, Release, Revision
from conditions.publishing import publish, withdraw
from conditions.sharing import end, path_of, share
from portal.errors import bare_page
from tests import factories
from tests.browser.pages import PASSWORD, PEOPLE
from tests.conditions.clinicians import clinician, reviewed

ARABIC = {
    "title": "تعظم عضلة اليد",
    "summary": "يتكون العظم داخل عضلة من عضلات اليد.",
    "change_sentence": "النسخة الأولى.",
}
ARABIC_TEXT = "<p>يتحول جزء من العضلة إلى عظم (M61.24)، وقد تتورم اليد أو تؤلم عند الحركة.</p>"
SPANISH = {
    "title": "Osificación de un músculo de la mano",
    "summary": "Se forma hueso en un músculo de la mano.",
    "change_sentence": "Primera versión.",
}

CREDENTIALS = "Consultant in general practice at a hospital that there is not, BMBS (Invented), MRCGP, invented for tests"
INTERESTS = "Paid for two talks in 2025 by a maker of splints that there is not.\n\nNo shares. Writes for no other site."


def add():
    for who, address in PEOPLE.items():
        user = User.objects.create_user(address, PASSWORD, is_staff=who in ("staff", "editor"), is_superuser=who == "staff")
        if who == "editor":
            user.groups.add(Group.objects.get(name="Editor"))
        EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    hand = Item.objects.get(code="M61.24")
    factories.published_article(hand, slug="osificacion", language="es", **SPANISH)
    arabic = factories.draft(hand, "taazzum", language="ar", **ARABIC)
    for section in arabic.sections.all():
        arabic.sections.filter(pk=section.pk).update(heading=f"القسم {section.position + 1}", body=ARABIC_TEXT)
    publish(arabic)
    withdraw(article_at("K35", "withdrawn-article"), "It named a medicine that is no longer given.")
    with_picture = factories.draft(Item.objects.get(code="M61.2"), "with-a-picture")
    factories.picture(with_picture, photograph())
    publish(with_picture)
    late = article_at("K37", "late-review").article
    reviewed(late, date(2023, 5, 3), date(2026, 5, 3), clinician(credentials=CREDENTIALS, interests=INTERESTS))
    share_in_each_state(factories.draft(Item.objects.get(code="K36"), "a-draft"))
    Item.objects.filter(code="A00.9").update(retired_in=Release.objects.first())

    for status in [500, 503]:
        page = bare_page(RequestFactory().get("/"), status)
        (settings.VAR_DIR / f"{status}.html").write_bytes(page.content)


def share_in_each_state(draft):
    """Make a link to `draft` that is open and one that has ended, and write down their addresses."""
    for name in ("open", "ended"):
        link = share(draft, "Somebody outside", 7, with_members_text=True, by=User.objects.get(email=PEOPLE["staff"]))
        (settings.VAR_DIR / f"{name}-link.txt").write_text(path_of(link))
    end(link, by=None)


def article_at(code, slug):
    article = factories.published_article(Item.objects.get(code=code), slug=slug)
    return Revision.objects.published().get(article=article)


def photograph():
    """Return a JPEG as large as a camera's, with as much to see as noise has."""
    file = BytesIO()
    Image.effect_noise((2400, 1600), 40).save(file, "JPEG")
    return file.getvalue()
