"""How days and times are written, in the place of Django's own ways: one module a language."""
