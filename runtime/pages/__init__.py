"""Pages for people: one template, one style sheet and one set of plots for every page."""
