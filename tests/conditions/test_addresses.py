"""An address that readers had leads to its article for good."""

import pytest
from django.core.exceptions import ValidationError

from conditions.addresses import save_at_its_address
from conditions.models import Article, OldSlug
from conditions.publishing import withdraw
from tests import factories


def move(article, slug):
    article.slug = slug
    save_at_its_address(article)


def test_the_address_that_readers_had_becomes_an_old_one(article):
    move(article, "stone-hand")
    assert [(old.slug, old.article) for old in OldSlug.objects.all()] == [("hardened-hand-muscle", article)]


def test_an_address_that_nobody_had_is_forgotten(hand):
    move(factories.draft(hand["M61.24"]).article, "stone-hand")
    assert not OldSlug.objects.exists()


def test_a_withdrawn_article_keeps_its_old_address_too(article):
    withdraw(article.revisions.get(), "Out of date.")
    move(article, "stone-hand")
    assert OldSlug.objects.get().slug == "hardened-hand-muscle"


def test_saving_without_moving_writes_no_old_address(article):
    save_at_its_address(article)
    assert not OldSlug.objects.exists()


def test_an_article_may_go_back_to_an_address_of_its_own(article):
    move(article, "stone-hand")
    article.full_clean()
    move(article, "hardened-hand-muscle")
    assert [old.slug for old in OldSlug.objects.all()] == ["stone-hand"]


def test_the_old_address_of_another_article_is_refused(article):
    move(article, "stone-hand")
    with pytest.raises(ValidationError, match="old address of the article “stone-hand”"):
        Article(slug="hardened-hand-muscle").full_clean()


def test_the_same_address_in_another_language_is_another_address(article):
    move(article, "stone-hand")
    Article(slug="hardened-hand-muscle", language="de").full_clean()


@pytest.mark.parametrize("slug", ["a", "0-9"])
def test_a_letter_of_az_is_no_address_of_an_article(slug):
    with pytest.raises(ValidationError, match="letter of A–Z"):
        Article(slug=slug).clean()
