"""The numbered log: what readers were given (`Change`), and what else finding must look at again (`Reindex`).

Both draw their numbers from one counter, whose row stays locked until commit: the order of numbers is that of commits. Whoever
remembers one number can therefore ask for everything after it and miss nothing.
"""

from collections.abc import Iterable

from conditions.finding.keeping import after_commit
from conditions.models import Article, Change, ChangeCounter, Item, Reindex, Revision

MOST_BY_NAME = 500  # items; beyond that the whole index is made anew


def record(revision: Revision, kind: str, sentence: str, at) -> Change:
    """Write the next entry of the public log."""
    return Change.objects.create(
        number=next_number(), article=revision.article, revision=revision, kind=kind, sentence=sentence, at=at
    )


def ask_to_reindex(articles: Iterable[Article] = (), items: Iterable[Item] = ()) -> None:
    """Note that names, codes or the address of `articles`, or names of `items`, are other ones, which no `Change` tells."""
    asked = [Reindex(article=article) for article in articles] + [Reindex(item=item) for item in items]
    if len(asked) > MOST_BY_NAME:
        ask_to_reindex_all()
    elif asked:
        number = next_number()  # one number for what one transaction changed
        for entry in asked:
            entry.number = number
        Reindex.objects.bulk_create(asked)


def ask_to_reindex_all() -> None:
    """Note that the index is to be made anew: after a release of the classification, or a list of names."""
    Reindex.objects.create(number=next_number())


def next_number() -> int:
    """Return the next number. Whatever takes one is in the index soon after it was committed."""
    after_commit()
    counter = lock_counter()
    counter.last += 1
    counter.save()
    return counter.last


def lock_counter() -> ChangeCounter:
    """Return the counter of changes, its row locked until the end of the transaction."""
    ChangeCounter.objects.get_or_create(pk=1)
    return ChangeCounter.objects.select_for_update().get(pk=1)
