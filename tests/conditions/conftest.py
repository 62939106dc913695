"""A clinical draft on its way, and somebody at the desk; a module that means another draft has its own."""

import pytest

from conditions.workflow import approve, start_draft, submit


@pytest.fixture
def draft(article, author):
    """A clinical draft that `author` has written."""
    draft = start_draft(article, by=author)
    draft.change_sentence = "Clearer words."
    draft.save()
    return draft


@pytest.fixture
def in_review(draft, author):
    submit(draft, by=author)
    return draft


@pytest.fixture
def approved(in_review, reviewer):
    approve(in_review, by=reviewer)
    return in_review


@pytest.fixture
def log_in(client):
    """Return a function that logs somebody in and gives the client."""

    def log_in(user):
        client.force_login(user)
        return client

    return log_in
