"""Finding: the search index (a derived copy of the database on local disk), and what a reader's words lead to.

`schema` says what the index holds, `documents` makes it from the database, `keeping` keeps it in step, `words` understands what
was typed, `query` ranks what it leads to, and `without_index` finds by the database alone while there is no index.
"""
