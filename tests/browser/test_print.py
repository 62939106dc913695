from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.browser.pages import ARTICLES


@pytest.mark.parametrize("article", ARTICLES)
def test_a_printed_article_is_one_sheet_of_paper(open_page, article):
    assert len(PdfReader(BytesIO(open_page(article).pdf(format="A4"))).pages) <= 2
