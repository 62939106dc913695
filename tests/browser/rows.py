"""What no shipped file brings: people, and articles in every other state. `manage.py shell` of the served site adds it."""

from io import BytesIO

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import RequestFactory
from PIL import Image

from accounts.models import User
from conditions.models import Item, Release, Revision
from conditions.publishing import publish, withdraw
from portal.errors import bare_page
from tests import factories
from tests.browser.pages import PASSWORD, PEOPLE

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


def add():
    for who, address in PEOPLE.items():
        is_staff = who == "staff"
        user = User.objects.create_user(address, PASSWORD, is_staff=is_staff, is_superuser=is_staff)
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
    factories.draft(Item.objects.get(code="K36"), "a-draft")
    Item.objects.filter(code="A00.9").update(retired_in=Release.objects.first())

    for status in [500, 503]:
        page = bare_page(RequestFactory().get("/"), status)
        (settings.VAR_DIR / f"{status}.html").write_bytes(page.content)


def article_at(code, slug):
    article = factories.published_article(Item.objects.get(code=code), slug=slug)
    return Revision.objects.published().get(article=article)


def photograph():
    """Return a JPEG as large as a camera's, with as much to see as noise has."""
    file = BytesIO()
    Image.effect_noise((2400, 1600), 40).save(file, "JPEG")
    return file.getvalue()
