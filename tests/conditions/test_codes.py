"""Codes are written in many ways and shown in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions.codes import dotted, parse_block, parse_chapter, parse_code, undotted


@pytest.mark.parametrize("text", ["M61.249", "m61.249", "M61249", " m61249 "])
def test_a_code_is_read_however_it_is_written(text):
    assert parse_code(text) == "M61.249"


@pytest.mark.parametrize("code", ["A00", "C7A.00", "QA0", "QA0.01", "S52.501A", "O9A.112"])
def test_the_shapes_of_the_official_list_are_codes(code):
    assert parse_code(code) == code


@pytest.mark.parametrize("text", ["", "M6", "61249", "M61.24.9", "M61.2499X", "M61-", "heart attack", "é00", "M61\x00"])
def test_other_texts_are_not(text):
    assert parse_code(text) is None


@pytest.mark.parametrize(("text", "block"), [("m60-m63", "M60-M63"), (" C50 ", "C50"), ("M60–M63", None), ("M60-", None)])
def test_blocks_are_ranges_or_bear_the_name_of_a_category(text, block):
    assert parse_block(text) == block


@pytest.mark.parametrize(("text", "chapter"), [("13", "13"), ("XIII", None), ("١٣", None), ("", None)])
def test_chapters_have_numbers(text, chapter):
    assert parse_chapter(text) == chapter


@given(st.from_regex(r"[A-Z][0-9A-Z]{2,6}", fullmatch=True))
def test_the_dot_goes_in_and_out_again(bare):
    assert undotted(dotted(bare)) == bare
    assert parse_code(bare.lower()) == dotted(bare)
