"""What a revision says, as one value: to compare two, to know whether one changed, to write it to a file."""

import hashlib
import json

from conditions.models import GatedText, Picture, Revision


def content(revision: Revision, with_gated: bool = True) -> dict:
    """Return everything that readers would be given of `revision`, in its order, and why it is hard to read, as JSON can hold it.

    Its sections hold members' text (`gated_body`) unless told not to: it is for those who may see drafts, and for publishing.
    """
    return prose(revision, with_gated) | {
        "change_kind": revision.change_kind,
        "change_sentence": revision.change_sentence,
        "is_sample": revision.is_sample,
        "references": [
            {
                "title": reference.title,
                "publisher": reference.publisher,
                "url": reference.url,
                "read_on": reference.read_on.isoformat() if reference.read_on else None,
            }
            for reference in revision.references.all()
        ],
        "pictures": [
            {"section": picture.section, "digest": picture.digest} | {name: getattr(picture, name) for name in Picture.PUBLIC_TEXTS}
            for picture in revision.pictures.all()
        ],
        "related": [
            {"slug": related.article.slug, "language": related.article.language}
            for related in revision.related.select_related("article")
        ],
    }


def prose(revision: Revision, with_gated: bool = True) -> dict:
    """Return of `content` what is read from top to bottom: title, summary, sections and care cards. It costs three queries."""
    gated = GatedText.objects.for_revision(revision).bodies() if with_gated else {}
    return {
        "title": revision.title,
        "summary": revision.summary,
        "hard_because": revision.hard_because,
        "sections": [
            {
                "kind": section.kind,
                "heading": section.heading,
                "audience": section.audience,
                "body": section.body,
                "gated_body": gated.get(section.pk, ""),
            }
            for section in revision.sections.all()
        ],
        "care_cards": [{"urgency": card.urgency, "heading": card.heading, "body": card.body} for card in revision.care_cards.all()],
    }


def digest(revision: Revision) -> str:
    """Return the SHA-256 of what `revision` says: it is another one as soon as anything of `content(revision)` is.

    An article that moves to another address is the same one.
    """
    said = content(revision) | {"related": list(revision.related.values_list("article_id", flat=True))}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
