"""Online estimators that learn one answer at a time, as River classifiers and transformers, and their arithmetic."""
