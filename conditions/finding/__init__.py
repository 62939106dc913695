"""Finding: the search index (a derived copy of the database on local disk), and what a reader's words lead to.

`schema` says what the index holds, `documents` makes it from the database, `opening` opens it and `keeping` keeps it in step.
`words` and `vocabulary` understand what was typed, `query` ranks what it leads to, `results` and `suggesting` tell it, and
`without_index` finds by the database alone while there is no index.
"""
