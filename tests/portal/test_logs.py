"""What stands in the log, and what must not."""

import logging
import sys

import pytest
from django.core.exceptions import DisallowedHost
from django.db import IntegrityError

from portal.logs import DiscreetFormatter


def logged(error):
    """Return what the log says of `error`, raised from another one."""
    try:
        try:
            raise KeyError("the cause")
        except KeyError as cause:
            raise error from cause
    except type(error):
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Internal Server Error", (), sys.exc_info())
    return DiscreetFormatter("{message}", style="{").format(record)


def test_an_error_tells_where_it_happened_and_what_caused_it():
    text = logged(ValueError("no such thing"))
    assert text.index("KeyError: 'the cause'") < text.index("ValueError: no such thing")
    assert "test_logs.py" in text


def test_the_row_that_postgresql_quotes_is_left_out():
    text = logged(IntegrityError("duplicate key value\nDETAIL:  Key (email)=(somebody@example.org) already exists."))
    assert "duplicate key value" in text
    assert "somebody" not in text


def test_a_long_message_is_cut():
    assert len(logged(ValueError("x" * 5000)).rpartition("ValueError")[2]) < 300


def test_a_refused_request_is_one_line():
    assert logged(DisallowedHost("Invalid HTTP_HOST header")) == "Internal Server Error"


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_not_logged(client, caplog):
    client.get("/conditions/no-such-condition/")
    assert "no-such-condition" not in caplog.text
