"""The editors' desk in Django's admin: a module a subject. Django finds the registrations by importing this package."""

from . import articles, changes, classification, glossary, reports, revisions

__all__ = ["articles", "changes", "classification", "glossary", "reports", "revisions"]
