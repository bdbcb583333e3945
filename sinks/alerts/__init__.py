"""The notifier: deliver every alert to every target, and commit offsets once all have accepted it."""
