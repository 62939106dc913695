"""The tables: the classification, the articles tied to it, their revisions, and the gate."""

from .articles import Article, ArticleItem, OldSlug
from .changes import Change, ChangeCounter, Reindex
from .classification import Item, Note, Release
from .gate import GatedText
from .glossary import GlossaryTerm
from .names import Name
from .pictures import Picture
from .reports import MistakeReport
from .revisions import CareCard, Reference, RelatedArticle, Revision, Section

__all__ = [
    "Article",
    "ArticleItem",
    "CareCard",
    "Change",
    "ChangeCounter",
    "GatedText",
    "GlossaryTerm",
    "Item",
    "MistakeReport",
    "Name",
    "Note",
    "OldSlug",
    "Picture",
    "Reference",
    "Reindex",
    "RelatedArticle",
    "Release",
    "Revision",
    "Section",
]
