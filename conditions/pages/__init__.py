"""The public pages. Each begins at `visible_to(user)` or `published()`, and asks `readable_by(user)` for gated text."""
