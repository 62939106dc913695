"""Who may see what: one row for every URL pattern of the site, the admin's apart, which have a table in their own door test.

The delivery middleware reads this table to say what a shared cache may keep, `leakcheck` to know where to look, and the door
test to see that no pattern is missing. A new pattern joins it in the same commit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from conditions.models import Article, ArticleItem, Item, Picture, PreviewLink, Reviewer, Revision
from conditions.pages.az import LETTERS
from conditions.sharing import path_of


class Audience(StrEnum):
    PUBLIC = "everybody; a visitor's copy may be kept by a shared cache"
    FILE = "everybody; named by its content, it never changes"
    ENTRANCE = "everybody, but a page of one's own: forms, codes, health"
    MEMBER = "people who have logged in"
    STAFF = "people who work on the site; for others there is no such page"


@dataclass(frozen=True)
class Door:
    audience: Audience
    # The addresses of a pattern with parameters, of what the database holds now; a pattern without has one address.
    addresses: Callable[[], Iterable[str]] | None = None


def article_addresses(page: str) -> Callable[[], Iterable[str]]:
    def addresses():
        for article in Article.objects.filter(language=settings.LANGUAGE_CODE):
            yield reverse(f"conditions:{page}", args=[article.slug])

    return addresses


def article_addresses_in_other_languages(page: str) -> Callable[[], Iterable[str]]:
    def addresses():
        for article in Article.objects.exclude(language=settings.LANGUAGE_CODE):
            yield reverse(f"conditions:{page}", args=[article.language, article.slug])

    return addresses


def code_addresses() -> Iterable[str]:
    """The chapters, and every item that an article is attached to with what stands directly above and below it."""
    attached = Item.objects.filter(pk__in=ArticleItem.objects.values("item"))
    near = Item.objects.filter(parent__in=attached) | Item.objects.filter(children__in=attached) | attached
    codes = {*near.values_list("code", flat=True), *Item.objects.chapters().values_list("code", flat=True)}
    return [reverse("conditions:code", args=[code]) for code in sorted(codes)]


def letter_addresses() -> Iterable[str]:
    return [reverse("conditions:letter", args=[letter]) for letter in LETTERS]


def picture_addresses() -> Iterable[str]:
    """One file of each picture that readers have: its other sizes are of the same pixels."""
    shown = Picture.objects.filter(revision__in=Revision.objects.published())
    names = {(picture.digest, picture.stored.fallback.rpartition("/")[2]) for picture in shown.iterator()}
    return [reverse("conditions:picture", args=name) for name in sorted(names)]


def link_addresses() -> Iterable[str]:
    """The links that outside reviewers have. They show drafts, and some of them members' text: it is what they are for."""
    return [path_of(link) for link in PreviewLink.objects.open()]


def reviewer_addresses() -> Iterable[str]:
    return [reviewer.get_absolute_url() for reviewer in Reviewer.objects.all()]


PUBLIC, FILE, ENTRANCE, MEMBER, STAFF = Audience

DOORS: dict[str, Door] = {
    "home": Door(PUBLIC),
    "about": Door(PUBLIC),
    "terms": Door(PUBLIC),
    "disclaimer": Door(PUBLIC),
    "contact": Door(PUBLIC),
    "privacy": Door(PUBLIC),
    "accessibility": Door(PUBLIC),
    "manifest": Door(PUBLIC),
    "robots": Door(PUBLIC),
    "sitemap": Door(PUBLIC),
    "conditions:az": Door(PUBLIC),
    "conditions:letter": Door(PUBLIC, letter_addresses),
    "conditions:article": Door(PUBLIC, article_addresses("article")),
    "conditions:changes": Door(PUBLIC, article_addresses("changes")),
    "conditions:article_in_language": Door(PUBLIC, article_addresses_in_other_languages("article_in_language")),
    "conditions:changes_in_language": Door(PUBLIC, article_addresses_in_other_languages("changes_in_language")),
    "conditions:chapters": Door(PUBLIC),
    "conditions:code": Door(PUBLIC, code_addresses),
    "conditions:search": Door(PUBLIC),
    "conditions:suggest": Door(PUBLIC),
    "conditions:picture": Door(FILE, picture_addresses),
    "conditions:reviewer": Door(PUBLIC, reviewer_addresses),
    "conditions:report": Door(PUBLIC),
    "conditions:report_sent": Door(PUBLIC),
    "conditions:preview": Door(ENTRANCE, link_addresses),
    "health_live": Door(ENTRANCE),
    "health_ready": Door(ENTRANCE),
    "accounts:start": Door(ENTRANCE),
    "account_signup": Door(ENTRANCE),
    "account_login": Door(ENTRANCE),
    "account_request_login_code": Door(ENTRANCE),
    "account_confirm_login_code": Door(ENTRANCE),
    "account_email_verification_sent": Door(ENTRANCE),
    "account_inactive": Door(ENTRANCE),
    "account_logout": Door(ENTRANCE),
    "account_reset_password": Door(ENTRANCE),
    "account_confirm_password_reset_code": Door(ENTRANCE),
    "account_complete_password_reset": Door(ENTRANCE),
    "account_password_reset_completed": Door(ENTRANCE),
    "styleguide": Door(STAFF),
    "accounts:me": Door(MEMBER),
    "accounts:reauthenticate_by_code": Door(MEMBER),
    "account_email": Door(MEMBER),
    "account_set_password": Door(MEMBER),
    "account_change_password": Door(MEMBER),
    "account_reauthenticate": Door(MEMBER),
}


def is_public(view_name: str) -> bool:
    door = DOORS.get(view_name)
    return door is not None and door.audience is PUBLIC


def is_file(view_name: str) -> bool:
    door = DOORS.get(view_name)
    return door is not None and door.audience is FILE


def public_addresses() -> Iterable[str]:
    """Every address that a visitor can open, of what the database holds now."""
    for name, door in DOORS.items():
        if door.audience in (PUBLIC, FILE):
            yield from door.addresses() if door.addresses else [reverse(name)]
