"""What a draft's text costs its reader, beside the fields that it is written in."""

from django.template.loader import render_to_string

from conditions.checking import check, explained_forms, own_names

TEMPLATE = "admin/conditions/revision/_plain_language.html"


def panels(content, article):
    """Return {field: HTML} for every text of `content` that has words; see `check` for the names of the fields.

    `content` is what `contents.prose` returns, or the same of a form that is being filled in: give it every row of the form, one
    to be deleted with empty texts, so that the numbers are those of the form. The panels quote the text, members' text too: they
    are for those who may see drafts.
    """
    found = check(content, article.language, explained_forms(article.language), own_names(article))
    has_reason = bool(content.get("hard_because", "").strip())
    return {
        field: render_to_string(TEMPLATE, {"field": field, "findings": findings, "has_reason": has_reason})
        for field, findings in found.items()
    }
