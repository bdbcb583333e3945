"""The contract for programs in other languages, and the check that a newer one still takes what an older one took."""
