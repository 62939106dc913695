"""The editors' desk in Django's admin: a module a subject. Django finds the registrations by importing this package."""

from . import articles, audit, changes, classification, glossary, reports, reviewers, revisions

__all__ = ["articles", "audit", "changes", "classification", "glossary", "reports", "reviewers", "revisions"]
