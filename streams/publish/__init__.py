"""``stayline publish``: a history onto the raw topics, as upstream teams would have published it."""
