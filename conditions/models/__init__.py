"""The tables: the classification, the articles tied to it, their revisions, and the gate."""

from .articles import Article, ArticleItem, OldSlug
from .audit import AuditEntry
from .changes import Change, ChangeCounter, Reindex
from .classification import Item, Note, Release
from .counts import CodeDemand, LinkCheck
from .desk import PreviewLink, Seat
from .gate import GatedText
from .glossary import GlossaryTerm
from .names import Name
from .pictures import Picture
from .reports import MistakeReport
from .reviewers import Reviewer, ReviewReminder
from .revisions import CareCard, Comment, Contribution, Reference, RelatedArticle, Revision, Section

__all__ = [
    "Article",
    "ArticleItem",
    "AuditEntry",
    "CareCard",
    "Change",
    "ChangeCounter",
    "CodeDemand",
    "Comment",
    "Contribution",
    "GatedText",
    "GlossaryTerm",
    "Item",
    "LinkCheck",
    "MistakeReport",
    "Name",
    "Note",
    "OldSlug",
    "Picture",
    "PreviewLink",
    "Reference",
    "Reindex",
    "RelatedArticle",
    "Release",
    "ReviewReminder",
    "Reviewer",
    "Revision",
    "Seat",
    "Section",
]
