"""The notifier: every alert to every target, offsets committed after all have taken it."""
